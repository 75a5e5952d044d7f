using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Audit : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "AuditPending",
                columns: table => new
                {
                    Id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    Broker = table.Column<string>(type: "TEXT", nullable: false),
                    At = table.Column<long>(type: "INTEGER", nullable: false),
                    Who = table.Column<string>(type: "TEXT", nullable: false),
                    From = table.Column<string>(type: "TEXT", nullable: false),
                    Action = table.Column<string>(type: "TEXT", nullable: false),
                    Target = table.Column<string>(type: "TEXT", nullable: false),
                    Before = table.Column<string>(type: "TEXT", nullable: false),
                    After = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AuditPending", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Audit_Action_At",
                table: "Audit",
                columns: new[] { "Action", "At" });

            migrationBuilder.CreateIndex(
                name: "IX_Audit_Who_At",
                table: "Audit",
                columns: new[] { "Who", "At" });

            // Append-only, whoever writes: no broker's code does otherwise, and no slip of a hand shall.
            migrationBuilder.Sql("""CREATE TRIGGER "AuditNoUpdate" BEFORE UPDATE ON "Audit" BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""");
            migrationBuilder.Sql("""CREATE TRIGGER "AuditNoDelete" BEFORE DELETE ON "Audit" BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""DROP TRIGGER "AuditNoUpdate";""");
            migrationBuilder.Sql("""DROP TRIGGER "AuditNoDelete";""");
            migrationBuilder.DropTable(
                name: "AuditPending");

            migrationBuilder.DropIndex(
                name: "IX_Audit_Action_At",
                table: "Audit");

            migrationBuilder.DropIndex(
                name: "IX_Audit_Who_At",
                table: "Audit");
        }
    }
}
