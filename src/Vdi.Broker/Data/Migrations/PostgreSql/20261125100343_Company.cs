using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Vdi.Broker.Data.Migrations.PostgreSql
{
    /// <inheritdoc />
    public partial class Company : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "Code",
                table: "Sessions",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<long>(
                name: "Seen",
                table: "Sessions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Warned",
                table: "Sessions",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Accelerator",
                table: "Pools",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Closed",
                table: "Pools",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "CurrentVersion",
                table: "Pools",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "Deleted",
                table: "Pools",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "ImageVersion",
                table: "Pools",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "Kind",
                table: "Pools",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "Policy",
                table: "Pools",
                type: "text",
                nullable: false,
                defaultValue: "{\"reconnectSeconds\":180,\"logOffAfterMinutes\":30,\"idleWarnSeconds\":120,\"sessionsPerUser\":1,\"warm\":{\"count\":2,\"schedule\":[]},\"minimum\":0,\"maximum\":8,\"suspended\":0,\"stopUnusedMinutes\":60,\"open\":[],\"timeZone\":\"UTC\",\"atLogOff\":\"destroy\",\"rollOut\":{\"automatic\":true,\"atATime\":2,\"failuresThatStop\":3}}");

            migrationBuilder.AddColumn<string>(
                name: "PreviousVersion",
                table: "Pools",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "RollOutStopped",
                table: "Pools",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Size",
                table: "Pools",
                type: "text",
                nullable: false,
                defaultValue: "{\"cpus\":null,\"memoryMiB\":null,\"diskGiB\":null}");

            migrationBuilder.AddColumn<string>(
                name: "Tags",
                table: "Pools",
                type: "text",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "Pools",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "Host",
                table: "Machines",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "ImageVersion",
                table: "Machines",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "Touched",
                table: "Machines",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<long>(
                name: "Deleted",
                table: "AspNetUsers",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "Disabled",
                table: "AspNetUsers",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<string>(
                name: "Tags",
                table: "AspNetUsers",
                type: "text",
                nullable: false,
                defaultValue: "[]");

            migrationBuilder.AddColumn<long>(
                name: "Version",
                table: "AspNetUsers",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.CreateTable(
                name: "Assignments",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: false),
                    PoolId = table.Column<string>(type: "text", nullable: false),
                    Slot = table.Column<int>(type: "integer", nullable: false),
                    MachineId = table.Column<Guid>(type: "uuid", nullable: false),
                    Since = table.Column<long>(type: "bigint", nullable: false),
                    Released = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Assignments", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Audit",
                columns: table => new
                {
                    Broker = table.Column<string>(type: "text", nullable: false),
                    Number = table.Column<long>(type: "bigint", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Who = table.Column<string>(type: "text", nullable: false),
                    From = table.Column<string>(type: "text", nullable: false),
                    Action = table.Column<string>(type: "text", nullable: false),
                    Target = table.Column<string>(type: "text", nullable: false),
                    Before = table.Column<string>(type: "text", nullable: false),
                    After = table.Column<string>(type: "text", nullable: false),
                    Previous = table.Column<string>(type: "text", nullable: false),
                    Hash = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Audit", x => new { x.Broker, x.Number });
                });

            migrationBuilder.CreateTable(
                name: "Grants",
                columns: table => new
                {
                    PoolId = table.Column<string>(type: "text", nullable: false),
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    Principal = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Grants", x => new { x.PoolId, x.Kind, x.Principal });
                });

            migrationBuilder.CreateTable(
                name: "GroupMembers",
                columns: table => new
                {
                    GroupId = table.Column<Guid>(type: "uuid", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_GroupMembers", x => new { x.GroupId, x.UserId });
                });

            migrationBuilder.CreateTable(
                name: "Groups",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false),
                    Description = table.Column<string>(type: "text", nullable: false),
                    Tags = table.Column<string>(type: "text", nullable: false, defaultValue: "[]"),
                    Deleted = table.Column<long>(type: "bigint", nullable: true),
                    Version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Groups", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Hosts",
                columns: table => new
                {
                    Id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    Accelerator = table.Column<string>(type: "text", nullable: false),
                    Problem = table.Column<string>(type: "text", nullable: true),
                    Images = table.Column<string>(type: "text", nullable: false, defaultValue: "[]"),
                    Seen = table.Column<long>(type: "bigint", nullable: false),
                    Draining = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Hosts", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "KeptAnswers",
                columns: table => new
                {
                    UserId = table.Column<Guid>(type: "uuid", nullable: false),
                    Key = table.Column<string>(type: "text", nullable: false),
                    Request = table.Column<string>(type: "text", nullable: false),
                    Status = table.Column<int>(type: "integer", nullable: true),
                    Body = table.Column<string>(type: "text", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_KeptAnswers", x => new { x.UserId, x.Key });
                });

            migrationBuilder.CreateTable(
                name: "Leases",
                columns: table => new
                {
                    Name = table.Column<string>(type: "text", nullable: false),
                    Holder = table.Column<string>(type: "text", nullable: false),
                    Until = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Leases", x => x.Name);
                });

            migrationBuilder.CreateTable(
                name: "Notices",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: true),
                    PoolId = table.Column<string>(type: "text", nullable: true),
                    Text = table.Column<string>(type: "text", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Until = table.Column<long>(type: "bigint", nullable: false),
                    By = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Notices", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Quotas",
                columns: table => new
                {
                    Kind = table.Column<int>(type: "integer", nullable: false),
                    Principal = table.Column<string>(type: "text", nullable: false),
                    Sessions = table.Column<int>(type: "integer", nullable: true),
                    MemoryMiB = table.Column<int>(type: "integer", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Quotas", x => new { x.Kind, x.Principal });
                });

            migrationBuilder.CreateTable(
                name: "Reports",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: false),
                    SessionId = table.Column<Guid>(type: "uuid", nullable: true),
                    Text = table.Column<string>(type: "text", nullable: false),
                    Trace = table.Column<string>(type: "text", nullable: false),
                    At = table.Column<long>(type: "bigint", nullable: false),
                    Closed = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Reports", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Screens",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    PoolId = table.Column<string>(type: "text", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false),
                    Address = table.Column<string>(type: "text", nullable: false),
                    Port = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Screens", x => x.Id);
                });

            migrationBuilder.CreateTable(
                name: "Tokens",
                columns: table => new
                {
                    Id = table.Column<Guid>(type: "uuid", nullable: false),
                    UserId = table.Column<Guid>(type: "uuid", nullable: false),
                    Name = table.Column<string>(type: "text", nullable: false),
                    Hash = table.Column<string>(type: "text", nullable: false),
                    Scopes = table.Column<string>(type: "text", nullable: false, defaultValue: "[]"),
                    Created = table.Column<long>(type: "bigint", nullable: false),
                    Expires = table.Column<long>(type: "bigint", nullable: false),
                    LastUsed = table.Column<long>(type: "bigint", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_Tokens", x => x.Id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_Sessions_Created",
                table: "Sessions",
                column: "Created");

            migrationBuilder.CreateIndex(
                name: "IX_Sessions_State_Created",
                table: "Sessions",
                columns: new[] { "State", "Created" });

            migrationBuilder.CreateIndex(
                name: "IX_Assignments_MachineId",
                table: "Assignments",
                column: "MachineId",
                unique: true,
                filter: "\"Released\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Assignments_UserId_PoolId_Slot",
                table: "Assignments",
                columns: new[] { "UserId", "PoolId", "Slot" },
                unique: true,
                filter: "\"Released\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Audit_At",
                table: "Audit",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_Audit_Target",
                table: "Audit",
                column: "Target");

            migrationBuilder.CreateIndex(
                name: "IX_GroupMembers_UserId",
                table: "GroupMembers",
                column: "UserId");

            migrationBuilder.CreateIndex(
                name: "IX_Groups_Name",
                table: "Groups",
                column: "Name");

            migrationBuilder.CreateIndex(
                name: "IX_KeptAnswers_At",
                table: "KeptAnswers",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_Notices_Until",
                table: "Notices",
                column: "Until");

            migrationBuilder.CreateIndex(
                name: "IX_Reports_At",
                table: "Reports",
                column: "At");

            migrationBuilder.CreateIndex(
                name: "IX_Screens_PoolId",
                table: "Screens",
                column: "PoolId");

            migrationBuilder.CreateIndex(
                name: "IX_Tokens_Hash",
                table: "Tokens",
                column: "Hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_Tokens_UserId",
                table: "Tokens",
                column: "UserId");
            // What was known of pools and people before, in its new place; the old one stays for brokers of the version before.
            migrationBuilder.Sql("""INSERT INTO "Grants" ("PoolId", "Kind", "Principal") SELECT "PoolId", 0, "Role" FROM "Entitlements";""");
            migrationBuilder.Sql("""UPDATE "Machines" SET "Touched" = TRUE WHERE "State" IN (4, 5);""");
            migrationBuilder.Sql("""UPDATE "Pools" SET "Policy" = '{"warm":{"count":' || "Warm" || '},"maximum":' || "Capacity" || ',"logOffAfterMinutes":' || CAST(EXTRACT(EPOCH FROM "Linger") / 60 AS integer) || '}';""");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "Assignments");

            migrationBuilder.DropTable(
                name: "Audit");

            migrationBuilder.DropTable(
                name: "Grants");

            migrationBuilder.DropTable(
                name: "GroupMembers");

            migrationBuilder.DropTable(
                name: "Groups");

            migrationBuilder.DropTable(
                name: "Hosts");

            migrationBuilder.DropTable(
                name: "KeptAnswers");

            migrationBuilder.DropTable(
                name: "Leases");

            migrationBuilder.DropTable(
                name: "Notices");

            migrationBuilder.DropTable(
                name: "Quotas");

            migrationBuilder.DropTable(
                name: "Reports");

            migrationBuilder.DropTable(
                name: "Screens");

            migrationBuilder.DropTable(
                name: "Tokens");

            migrationBuilder.DropIndex(
                name: "IX_Sessions_Created",
                table: "Sessions");

            migrationBuilder.DropIndex(
                name: "IX_Sessions_State_Created",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Code",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Seen",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Warned",
                table: "Sessions");

            migrationBuilder.DropColumn(
                name: "Accelerator",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Closed",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "CurrentVersion",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Deleted",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "ImageVersion",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Kind",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Policy",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "PreviousVersion",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "RollOutStopped",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Size",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Tags",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Version",
                table: "Pools");

            migrationBuilder.DropColumn(
                name: "Host",
                table: "Machines");

            migrationBuilder.DropColumn(
                name: "ImageVersion",
                table: "Machines");

            migrationBuilder.DropColumn(
                name: "Touched",
                table: "Machines");

            migrationBuilder.DropColumn(
                name: "Deleted",
                table: "AspNetUsers");

            migrationBuilder.DropColumn(
                name: "Disabled",
                table: "AspNetUsers");

            migrationBuilder.DropColumn(
                name: "Tags",
                table: "AspNetUsers");

            migrationBuilder.DropColumn(
                name: "Version",
                table: "AspNetUsers");
        }
    }
}
