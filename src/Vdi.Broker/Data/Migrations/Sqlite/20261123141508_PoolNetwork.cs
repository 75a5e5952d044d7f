using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PoolNetwork : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Network",
                table: "Pools",
                type: "TEXT",
                nullable: false,
                defaultValue: "{\"mode\":\"isolated\",\"allow\":[],\"dns\":[],\"proxy\":null}");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "Network",
                table: "Pools");
        }
    }
}
