using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class ReadyOrder : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Machines_PoolId_State",
                table: "Machines");

            migrationBuilder.CreateIndex(
                name: "IX_Machines_PoolId_State_Since",
                table: "Machines",
                columns: new[] { "PoolId", "State", "Since" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Machines_PoolId_State_Since",
                table: "Machines");

            migrationBuilder.CreateIndex(
                name: "IX_Machines_PoolId_State",
                table: "Machines",
                columns: new[] { "PoolId", "State" });
        }
    }
}
