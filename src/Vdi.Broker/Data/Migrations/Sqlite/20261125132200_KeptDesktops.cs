using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.Sqlite
{
    /// <summary>Dedicated pools kept people's machines at log-off whatever their policy said, and it said to destroy them where nobody had
    /// chosen. From now on it is obeyed: what was kept stays so.</summary>
    public partial class KeptDesktops : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
            """UPDATE "Pools" SET "Policy" = REPLACE("Policy", '"atLogOff":"destroy"', '"atLogOff":"keep"') WHERE "Kind" = 1""");

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            // Brokers of before keep them, too.
        }
    }
}
