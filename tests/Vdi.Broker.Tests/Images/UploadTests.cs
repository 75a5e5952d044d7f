using System.Security.Cryptography;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Images;

/// <summary>Files are sent to a host and become images or media.</summary>
public sealed class UploadTests
{
    [Fact]
    public async Task Upload_is_admitted_at_the_host_shown_with_what_arrived_and_gone_on_with()
    {
        await using var shop = await Workshop.StartAsync();
        var sum = new string('A', 64);
        var upload = await shop.Admin.PostAsync("/api/images/uploads", new { fileName = "win 11 — 한국어.vhdx", bytes = 5_000_000_000, sha256 = sum });
        Assert.Equal((200, $"/h/fake/uploads/{upload.Id}"), (upload.Status, upload.Text("address")));
        var admitted = Assert.Single(shop.Host.AdmittedUploads);
        Assert.Equal((upload.Id, 5_000_000_000, sum.ToLowerInvariant()), (admitted.Upload, admitted.Bytes, admitted.Sha256));
        Assert.Equal(HashOf(upload.Text("ticket")), admitted.TicketHash);

        shop.Host.Receive(upload.Id, 4_000_000);
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/images/uploads")).Body[0].GetProperty("received").GetInt64() == 4_000_000, "the list says what has arrived");
        var again = await shop.Admin.PostAsync($"/api/images/uploads/{upload.Id}/ticket");
        Assert.Equal((200, upload.Id), (again.Status, again.Id));
        Assert.NotEqual(upload.Text("ticket"), again.Text("ticket"));
        Assert.Equal(HashOf(again.Text("ticket")), shop.Host.AdmittedUploads.Last().TicketHash);

        Assert.Equal(204, (await shop.Admin.DeleteAsync($"/api/images/uploads/{upload.Id}")).Status);
        Assert.Equal(0, (await shop.Admin.GetAsync("/api/images/uploads")).Body.GetArrayLength());
        await Eventually.HoldsAsync(() => Task.FromResult(!shop.Host.Wanted.Contains(upload.Id)), "the host is told that it is not wanted any more");
        Assert.Equal((404, "unknown-upload"), Code(await shop.Admin.PostAsync($"/api/images/uploads/{upload.Id}/ticket")));
    }

    [Theory]
    [InlineData("", 1L, null, "fileName missing")]
    [InlineData("a\u0007b.iso", 1L, null, "fileName control-characters")]
    [InlineData("a.iso", 0L, null, "bytes out-of-range")]
    [InlineData("a.iso", (2L << 40) + 1, null, "bytes out-of-range")]
    [InlineData("a.iso", null, null, "bytes missing")]
    [InlineData("a.iso", 1L, "abc", "sha256 bad-sha256")]
    public async Task Upload_that_cannot_be_is_refused_and_says_why(string fileName, long? bytes, string? sha256, string fault)
    {
        await using var shop = await Workshop.StartAsync();
        var refused = await shop.Admin.PostAsync("/api/images/uploads", new { fileName, bytes, sha256 });
        Assert.Equal(400, refused.Status);
        Assert.Equal([fault], refused.Faults);
        Assert.Equal(0, (await shop.Admin.GetAsync("/api/images/uploads")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Upload_that_the_host_refuses_leaves_nothing()
    {
        await using var shop = await Workshop.StartAsync();
        shop.Broker.Host.Refusal = "The disk is full: 3 GiB are free";
        var refused = await shop.Admin.PostAsync("/api/images/uploads", new { fileName = "a.iso", bytes = 10 });
        Assert.Equal((503, "host-refused"), Code(refused));
        Assert.Contains("3 GiB", refused.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(0, (await shop.Admin.GetAsync("/api/images/uploads")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Host_that_makes_no_images_is_said_to()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        var admin = await broker.AdministratorAsync("root");
        await broker.PassesAsync(1);
        Assert.Equal((409, "no-workshop"), Code(await admin.PostAsync("/api/images/uploads", new { fileName = "a.iso", bytes = 10 })));
        Assert.Equal((409, "no-workshop"), Code(await admin.PostAsync("/api/images/edits", new { image = "desktop" })));
        Assert.Equal((409, "no-workshop"), Code(await admin.PostAsync("/api/images/desktop/build")));
        Assert.Equal((409, "no-workshop"), Code(await admin.PostAsync("/api/images/desktop/versions/1/test")));
    }

    [Theory]
    [InlineData("disk.QCOW2", "linux", "bios virtio False linux 2048")]
    [InlineData("disk.vmdk", "linux", "bios pc False linux 2048")]
    [InlineData("disk.img", "windows", "uefiSecure pc True windows 4096")]
    [InlineData("disk.vhdx", null, "uefiSecure pc True windows 4096")]
    [InlineData("disk.raw", null, "bios pc False other 2048")]
    public async Task File_becomes_a_version_with_hardware_that_suits_it_and_is_tested_by_itself(string file, string? system, string hardware)
    {
        await using var shop = await Workshop.StartAsync();
        var upload = await shop.UploadAsync(file);
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/imports", new { upload, name = "office", hardware = system is null ? null : new { system }, notes = "from the old server" }));
        Assert.Equal(("import", "done", "office"), (job.Text("kind"), job.Text("state"), job.Text("image")));
        var version = job.Text("result");
        await shop.HoldsAsync(version, shown => shown.GetProperty("offered").GetBoolean(), "the version passed its test and is offered", "office");
        var shown = await shop.VersionAsync(version, "office");
        var made = shown.GetProperty("hardware");
        Assert.Equal(hardware, $"{made.GetProperty("firmware")} {made.GetProperty("drivers")} {made.GetProperty("tpm")} {made.GetProperty("system")} {made.GetProperty("memoryMiB")}");
        Assert.Equal(("import", "from the old server", 5), (shown.GetProperty("origin").GetString(), shown.GetProperty("notes").GetString(), shown.GetProperty("test").GetProperty("steps").GetArrayLength()));
        Assert.Equal(0, (await shop.Admin.GetAsync("/api/images/uploads")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Iso_becomes_a_medium_which_is_kept_while_it_is_in_a_drive()
    {
        await using var shop = await Workshop.StartAsync();
        var upload = await shop.UploadAsync("virtio-win.iso");
        var job = await shop.OverAsync(await shop.Admin.PostAsync("/api/images/imports", new { upload, name = "Drivers <b>2026</b>" }));
        var hash = job.Text("result");
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/images/media")).Body.GetArrayLength() == 1, "the medium is there");
        var medium = (await shop.Admin.GetAsync("/api/images/media")).Body[0];
        Assert.Equal((hash, "Drivers <b>2026</b>", 0), (medium.GetProperty("hash").GetString(), medium.GetProperty("name").GetString(), medium.GetProperty("edits").GetArrayLength()));

        var edit = await shop.EditAsync(new { image = "fresh", @new = new { diskGiB = 64 }, media = new[] { hash } });
        Assert.Equal((409, "medium-in-use"), Code(await shop.Admin.DeleteAsync($"/api/images/media/{hash}")));
        Assert.Equal(204, (await shop.Admin.DeleteAsync($"/api/images/edits/{edit}")).Status);
        await shop.OverAsync(await shop.Admin.DeleteAsync($"/api/images/media/{hash}"));
        await Eventually.HoldsAsync(async () => (await shop.Admin.GetAsync("/api/images/media")).Body.GetArrayLength() == 0, "the medium is gone");
        Assert.Equal((404, "unknown-medium"), Code(await shop.Admin.DeleteAsync($"/api/images/media/{hash}")));
    }

    [Fact]
    public async Task Import_that_cannot_be_is_refused_and_says_what_to_do()
    {
        await using var shop = await Workshop.StartAsync();
        var unnamed = await shop.UploadAsync("disk.bin");
        async Task<string> Faults(object request) => string.Join(", ", (await shop.Admin.PostAsync("/api/images/imports", request)).Faults);
        Assert.Equal("format unknown-format", await Faults(new { upload = unnamed, name = "office" }));
        Assert.Equal("name bad-image-name", await Faults(new { upload = unnamed, name = "Office 11", format = "raw" }));
        Assert.Equal("name bad-image-name", await Faults(new { upload = unnamed, name = new string('a', 41), format = "raw" }));
        Assert.Equal("name name-taken", await Faults(new { upload = unnamed, name = "jobs", format = "raw" }));
        Assert.Equal("hardware.firmware kernel-needs-recipe", await Faults(new { upload = unnamed, name = "office", format = "raw", hardware = new { firmware = "kernel" } }));
        Assert.Equal("hardware.memoryMiB out-of-range, hardware.cpus out-of-range", await Faults(new { upload = unnamed, name = "office", format = "raw", hardware = new { memoryMiB = 64, cpus = 65 } }));
        Assert.Equal("hardware.drivers unknown-value", await Faults(new { upload = unnamed, name = "office", format = "raw", hardware = new { drivers = 7 } }));
        Assert.Equal("hardware medium-has-no-hardware", await Faults(new { upload = unnamed, name = "office", format = "iso", hardware = new { cpus = 2 } }));
        Assert.Equal("bad-request", (await shop.Admin.PostAsync("/api/images/imports", new { upload = unnamed, name = "office", format = "ova" })).Text("code"));
        Assert.Equal((404, "unknown-upload"), Code(await shop.Admin.PostAsync("/api/images/imports", new { upload = Guid.NewGuid(), name = "office" })));

        var half = (await shop.Admin.PostAsync("/api/images/uploads", new { fileName = "half.qcow2", bytes = 100 })).Id;
        shop.Host.Receive(half, 60);
        var incomplete = await shop.Admin.PostAsync("/api/images/imports", new { upload = half, name = "office" });
        Assert.Equal((409, "upload-incomplete", "60"), (incomplete.Status, incomplete.Text("code"), incomplete.At("received")));
    }

    [Fact]
    public async Task Upload_is_imported_once_at_a_time_and_stays_where_that_failed()
    {
        await using var shop = await Workshop.StartAsync();
        shop.Host.Held = true;
        var upload = await shop.UploadAsync("disk.qcow2");
        var first = await shop.Admin.PostAsync("/api/images/imports", new { upload, name = "office" });
        var second = await shop.Admin.PostAsync("/api/images/imports", new { upload, name = "other" });
        Assert.Equal((202, 409, "job-under-way"), (first.Status, second.Status, second.Text("code")));
        Assert.Equal(first.Id, second.Body.GetProperty("job").GetGuid());
        Assert.Equal((409, "job-under-way"), Code(await shop.Admin.DeleteAsync($"/api/images/uploads/{upload}")));
        (shop.Host.Failure, shop.Host.Held) = ("The file is no qcow2 image: its first bytes are 00 00 00 00", false);
        var over = await shop.OverAsync(first);
        Assert.Equal(("failed", "The file is no qcow2 image: its first bytes are 00 00 00 00"), (over.Text("state"), over.Text("step")));
        Assert.Equal(1, (await shop.Admin.GetAsync("/api/images/uploads")).Body.GetArrayLength());
    }

    [Fact]
    public async Task Operators_and_auditors_send_no_files_and_edit_nothing()
    {
        await using var shop = await Workshop.StartAsync();
        await shop.Broker.AddUserAsync("op", roles: Roles.Operator);
        using var op = new Client(shop.Broker.Address);
        await op.SignInAsync("op", RunningBroker.Password);
        Assert.Equal(200, (await op.GetAsync("/api/images")).Status);
        Assert.Equal(403, (await op.PostAsync("/api/images/uploads", new { fileName = "a.iso", bytes = 1 })).Status);
        Assert.Equal(403, (await op.PostAsync("/api/images/edits", new { image = "desktop" })).Status);
        Assert.Equal(403, (await op.DeleteAsync("/api/images/desktop/versions/v1")).Status);
        Assert.Equal(403, (await op.PostAsync("/api/images/desktop/versions/v1/export")).Status);
        Assert.Equal(403, (await op.PutAsync("/api/images/desktop/policy", new { keep = 1 }, "*")).Status);
        Assert.Equal(202, (await op.PostAsync("/api/images/desktop/versions/v1/test")).Status);
    }

    internal static (int Status, string Code) Code(Answer answer) => (answer.Status, answer.Text("code"));

    private static string HashOf(string ticket) =>
        Convert.ToHexStringLower(SHA256.HashData(Convert.FromBase64String(ticket.Replace('-', '+').Replace('_', '/') + "=")));
}
