using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Applications : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "LinkId",
                table: "Sessions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Run",
                table: "Sessions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Until",
                table: "Sessions",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "VisitorHash",
                table: "Sessions",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "App",
                table: "Pools",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "AppIcons",
                columns: table => new
                {
                    Hash = table.Column<string>(type: "TEXT", nullable: false),
                    Png = table.Column<byte[]>(type: "BLOB", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AppIcons", x => x.Hash);
                });

            migrationBuilder.CreateTable(
                name: "AppLinks",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "TEXT", nullable: false),
                    PoolId = table.Column<string>(type: "TEXT", nullable: false),
                    Name = table.Column<string>(type: "TEXT", nullable: false),
                    Hash = table.Column<string>(type: "TEXT", nullable: false),
                    Created = table.Column<long>(type: "INTEGER", nullable: false),
                    CreatedBy = table.Column<string>(type: "TEXT", nullable: false),
                    Expires = table.Column<long>(type: "INTEGER", nullable: false),
                    Uses = table.Column<int>(type: "INTEGER", nullable: false),
                    MaxUses = table.Column<int>(type: "INTEGER", nullable: true),
                    Revoked = table.Column<long>(type: "INTEGER", nullable: true),
                    Clipboard = table.Column<bool>(type: "INTEGER", nullable: false),
                    Files = table.Column<bool>(type: "INTEGER", nullable: false),
                    Minutes = table.Column<int>(type: "INTEGER", nullable: true),
                    Arguments = table.Column<string>(type: "TEXT", nullable: false, defaultValue: "{}")
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_AppLinks", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Favourites",
                columns: table => new
                {
                    UserId = table.Column<Guid>(type: "TEXT", nullable: false),
                    PoolId = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Favourites", x => new { x.UserId, x.PoolId });
                });

            migrationBuilder.CreateIndex(
                name: "IX_Sessions_VisitorHash",
                table: "Sessions",
                column: "VisitorHash");

            migrationBuilder.CreateIndex(
                name: "IX_AppLinks_Hash",
                table: "AppLinks",
                column: "Hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_AppLinks_PoolId",
                table: "AppLinks",
                column: "PoolId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "AppIcons");

            migrationBuilder.DropTable(
                name: "AppLinks");

            migrationBuilder.DropTable(
                name: "Favourites");

            migrationBuilder.DropIndex(
                name: "IX_Sessions_VisitorHash",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "LinkId",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Run",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Until",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "VisitorHash",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "App",
                table: "Pools");
        }
    }
}
