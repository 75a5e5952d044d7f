using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Images : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "ImageEdits",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Image = table.Column<string>(type: "text", nullable: false),
                    Version = table.Column<string>(type: "text", nullable: true),
                    Hardware = table.Column<string>(type: "text", nullable: true),
                    DiskGiB = table.Column<int>(type: "integer", nullable: true),
                    Media = table.Column<string>(type: "text", nullable: false, defaultValue: "[]"),
                    Network = table.Column<string>(type: "text", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: false),
                    Author = table.Column<string>(type: "text", nullable: false),
                    Created = table.Column<long>(type: "bigint", nullable: false),
                    Epoch = table.Column<long>(type: "bigint", nullable: false),
                    State = table.Column<int>(type: "integer", nullable: false),
                    Reason = table.Column<string>(type: "text", nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false),
                    Made = table.Column<bool>(type: "boolean", nullable: false),
                    Checkpoints = table.Column<string>(type: "text", nullable: false, defaultValue: "[]"),
                    At = table.Column<Guid>(type: "uuid", nullable: true),
                    Bytes = table.Column<long>(type: "bigint", nullable: false),
                    Openings = table.Column<string>(type: "text", nullable: false, defaultValue: "[]"),
                    Closed = table.Column<long>(type: "bigint", nullable: true),
                    Published = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ImageEdits", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "ImageJobs",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Kind = table.Column<string>(type: "text", nullable: false),
                    Subject = table.Column<string>(type: "text", nullable: false),
                    Image = table.Column<string>(type: "text", nullable: false),
                    Version = table.Column<string>(type: "text", nullable: true),
                    Edit = table.Column<Guid>(type: "uuid", nullable: true),
                    Work = table.Column<string>(type: "text", nullable: false),
                    Cancelled = table.Column<bool>(type: "boolean", nullable: false),
                    GivenUp = table.Column<string>(type: "text", nullable: true),
                    State = table.Column<int>(type: "integer", nullable: false),
                    Step = table.Column<string>(type: "text", nullable: false),
                    Fraction = table.Column<double>(type: "double precision", nullable: true),
                    Result = table.Column<string>(type: "text", nullable: true),
                    Who = table.Column<string>(type: "text", nullable: false),
                    Created = table.Column<long>(type: "bigint", nullable: false),
                    Started = table.Column<long>(type: "bigint", nullable: true),
                    Moved = table.Column<long>(type: "bigint", nullable: false),
                    Ended = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ImageJobs", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "ImagePolicies",
                columns: table => new
                {
                    Image = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Keep = table.Column<int>(type: "integer", nullable: true),
                    CheckScript = table.Column<string>(type: "text", nullable: true),
                    Update = table.Column<string>(type: "text", nullable: true),
                    Updated = table.Column<long>(type: "bigint", nullable: true),
                    Version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ImagePolicies", x => x.Image);
                });

            migrationBuilder.CreateTable(
                name: "ImageUploads",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    FileName = table.Column<string>(type: "text", nullable: false),
                    Bytes = table.Column<long>(type: "bigint", nullable: false),
                    Sha256 = table.Column<string>(type: "text", nullable: true),
                    Host = table.Column<string>(type: "text", nullable: false),
                    Who = table.Column<string>(type: "text", nullable: false),
                    Created = table.Column<long>(type: "bigint", nullable: false),
                    Touched = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ImageUploads", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_ImageEdits_Created",
                table: "ImageEdits",
                column: "Created");

            migrationBuilder.CreateIndex(
                name: "IX_ImageEdits_Image",
                table: "ImageEdits",
                column: "Image",
                unique: true,
                filter: "\"Closed\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_ImageJobs_Created",
                table: "ImageJobs",
                column: "Created");

            migrationBuilder.CreateIndex(
                name: "IX_ImageJobs_Image_Version",
                table: "ImageJobs",
                columns: new[] { "Image", "Version" });

            migrationBuilder.CreateIndex(
                name: "IX_ImageJobs_Subject",
                table: "ImageJobs",
                column: "Subject",
                unique: true,
                filter: "\"Ended\" IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "ImageEdits");

            migrationBuilder.DropTable(
                name: "ImageJobs");

            migrationBuilder.DropTable(
                name: "ImagePolicies");

            migrationBuilder.DropTable(
                name: "ImageUploads");
        }
    }
}
