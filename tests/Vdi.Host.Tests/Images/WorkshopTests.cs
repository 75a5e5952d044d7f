using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Emulator.Images;
using Vdi.Emulator.Importing;
using Vdi.Host.Images;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Images;

/// <summary>The workshop over real files, with a recipe program of the test's own.</summary>
public sealed class WorkshopTests : IAsyncLifetime
{
    private readonly TemporaryState _state = new();
    private readonly RecipeFolder _recipes = new();
    private ServiceProvider _services = null!;

    private ImageWorkshop Workshop => _services.GetRequiredService<ImageWorkshop>();

    private ImageStore Images => _services.GetRequiredService<ImageStore>();

    private TransferStore Transfers => _services.GetRequiredService<TransferStore>();

    public async Task InitializeAsync() => await StartAsync();

    [Fact]
    public async Task Order_is_carried_out_once_however_often_it_is_said_and_its_outcome_outlives_the_host()
    {
        _recipes.Write("echo once >>\"$(dirname \"$0\")/count\"; for f in vmlinuz initrd disk.qcow2; do echo $f >\"$2/$f\"; done");
        var order = new ImageOrder(Guid.NewGuid(), new BuildImage("small", "kim", "first"));
        Say(order);
        var done = await OverAsync(order);
        Assert.Equal((JobState.Done, Images.Find("small")!.Version), (done.State, done.Result));
        Say(order);
        await RestartAsync();
        Say(order);
        Assert.Equal(done, await OverAsync(order));
        Assert.Equal("once\n", await File.ReadAllTextAsync(Path.Combine(_recipes.Path, "count")));
        Say();
        Assert.Empty(Workshop.Describe().Jobs);
        await RestartAsync();
        Assert.Empty(Workshop.Describe().Jobs);
        Assert.Equal("small", Assert.Single(Workshop.Describe().Recipes).Name);
    }

    [Fact]
    public async Task Order_that_fails_says_why_and_one_that_is_cancelled_leaves_nothing()
    {
        _recipes.Write("echo 'the mirror is away' >&2; exit 1");
        var failing = new ImageOrder(Guid.NewGuid(), new BuildImage("small", "kim", ""));
        Say(failing);
        var failed = await OverAsync(failing);
        Assert.Equal(JobState.Failed, failed.State);
        Assert.Contains("the mirror is away", failed.Step, StringComparison.Ordinal);

        _recipes.Write("echo '@step 1 2 Waiting'; trap 'exit 143' TERM; sleep 300 & wait");
        var slow = new ImageOrder(Guid.NewGuid(), new BuildImage("small", "kim", ""));
        Say(failing, slow);
        await Eventually.HoldsAsync(() => Task.FromResult(JobOf(slow) is { Step: "waiting", Fraction: 0 }), "it is under way");
        Say(failing, slow with { Cancelled = true });
        Assert.Equal(JobState.Cancelled, (await OverAsync(slow)).State);
        Assert.Empty(Images.List());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.Folder.Images, ".building-*"));
    }

    [Fact]
    public async Task File_comes_in_pieces_over_restarts_and_only_with_its_ticket()
    {
        var content = RandomNumberGenerator.GetBytes(300_000);
        var (id, ticket) = Admit(content);
        Assert.Null(Transfers.Enter(id, "wrong").Upload);
        Assert.Null(Transfers.Enter(Guid.NewGuid(), ticket).Upload);
        var upload = Transfers.Enter(id, ticket).Upload!;
        Assert.Null(await Transfers.AppendAsync(upload, 0, new MemoryStream(content[..100_000]), default));
        var early = await Transfers.AppendAsync(upload, 0, new MemoryStream(content), default);
        Assert.Equal(("wrong-offset", 100_000L), (early!.Code, early.Offset));

        await RestartAsync();
        Assert.Equal(100_000, Transfers.Enter(id, ticket).Received);
        Assert.Null(Transfers.Whole(id));
        var more = await Transfers.AppendAsync(upload, 100_000, new MemoryStream([.. content[100_000..], 1]), default);
        Assert.Equal("too-long", more!.Code);
        var received = Transfers.Enter(id, ticket).Received;
        Assert.Null(await Transfers.AppendAsync(upload, received, new MemoryStream(content[(int)received..]), default));
        Assert.Equal(content, await File.ReadAllBytesAsync(Transfers.Whole(id)!.Value.Path));
        Assert.Equal(new HostUpload(id, content.Length, content.Length), Assert.Single(Workshop.Describe().Uploads));

        // Given up, it goes once it cannot be a new one any more.
        Workshop.Heed(new DesiredState([]) { Uploads = [] });
        Assert.Single(Workshop.Describe().Uploads);
        Directory.SetLastWriteTimeUtc(Path.Combine(_state.Folder.Transfers, id.ToString("N")), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Workshop.Heed(new DesiredState([]) { Uploads = [] });
        Assert.Empty(Workshop.Describe().Uploads);
    }

    [Fact]
    public async Task Disk_that_was_sent_becomes_a_version_and_its_file_goes()
    {
        var raw = Path.Combine(_state.Folder.Root, "disk.raw");
        await File.WriteAllBytesAsync(raw, [.. RandomNumberGenerator.GetBytes(512), .. new byte[(1 << 20) - 512]]);
        var content = await File.ReadAllBytesAsync(raw);
        var id = await SendAsync(content);
        var hardware = new ImageHardware(Firmware.Bios, GuestDrivers.Pc, false, GuestSystem.Other, false, 256, 1);
        var order = new ImageOrder(Guid.NewGuid(), new ImportImage(id, "mine", MediumFormat.Raw, hardware, "kim", "brought"));
        Say(order);
        var done = await OverAsync(order);
        Assert.True(done.State == JobState.Done, done.Step);
        var image = Images.Find("mine", done.Result)!;
        Assert.Equal((ImageOrigin.Import, "kim", "brought", hardware), (image.Origin, image.Author, image.Notes, image.Hardware));
        await Eventually.HoldsAsync(() => Task.FromResult(Workshop.Describe().Uploads.Count == 0), "the file that was sent is deleted");

        var back = Path.Combine(_state.Folder.Images, "back.raw");
        await _services.GetRequiredService<DiskConverter>().ExportAsync([image.Machine.Disk], MediumFormat.Raw, back, DiskLimits.Default with { SpareBytes = 0 }, null, default);
        Assert.Equal(content, await File.ReadAllBytesAsync(back));

        var export = new ImageOrder(Guid.NewGuid(), new ExportImage("mine", image.Version, MediumFormat.Qcow2));
        Say(export);
        Assert.Equal(JobState.Done, (await OverAsync(export)).State);
        var (ticket, hash) = NewTicket();
        Assert.Null(Workshop.Admit(new AdmitDownload(hash, export.Id, "mine.qcow2", TimeProvider.System.GetUtcNow().AddHours(1))).Refusal);
        Assert.NotNull(Workshop.Admit(new AdmitDownload(hash, Guid.NewGuid(), "mine.qcow2", TimeProvider.System.GetUtcNow().AddHours(1))).Refusal);
        Assert.Equal("mine.qcow2", Transfers.Enter(ticket, export.Id)!.Value.FileName);
        Assert.Null(Transfers.Enter("x" + ticket, export.Id));
        Assert.Null(Transfers.Enter(ticket, Guid.NewGuid()));
    }

    [Theory]
    [InlineData(false, "disk.raw", "")]
    [InlineData(true, "damaged on its way", "wrong hash")]
    public async Task File_that_is_not_what_it_is_said_to_be_is_refused(bool whole, string says, string sha256)
    {
        // A qcow2 that points at a file of the host, and a file that was damaged on its way.
        var path = Path.Combine(_state.Folder.Root, "evil.qcow2");
        using (var make = System.Diagnostics.Process.Start("/usr/bin/qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-b", "/etc/disk.raw", "-F", "raw", path, "1M"]))
        {
            await make.WaitForExitAsync();
        }

        var content = await File.ReadAllBytesAsync(path);
        var id = await SendAsync(content, sha256.Length > 0 ? new string('0', 64) : null);
        var order = new ImageOrder(Guid.NewGuid(), new ImportImage(id, "mine", MediumFormat.Qcow2, null, "kim", ""));
        Say(order);
        var failed = await OverAsync(order);
        Assert.Equal(JobState.Failed, failed.State);
        Assert.Contains(says, failed.Step, StringComparison.Ordinal);
        Assert.Equal(whole, Transfers.Whole(id) is null);
        Assert.Empty(Images.List());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_state.Folder.Images, ".building-*"));
    }

    [Fact]
    public async Task Upload_that_the_disk_has_no_room_for_is_refused_before_it_comes()
    {
        var (_, hash) = NewTicket();
        var refusal = Workshop.Admit(new AdmitUpload(hash, Guid.NewGuid(), 1L << 50, null, TimeProvider.System.GetUtcNow().AddHours(1))).Refusal;
        Assert.Contains("MiB free", refusal, StringComparison.Ordinal);
        Assert.Empty(Workshop.Describe().Uploads);
        await Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await Workshop.DisposeAsync();
        await _services.DisposeAsync();
        _state.Dispose();
        _recipes.Dispose();
    }

    private async Task StartAsync()
    {
        _services = new ServiceCollection().AddLogging().AddEmulator(_state.Folder, _recipes.Path).AddHost().BuildServiceProvider();
        await Workshop.AdoptAsync(default);
    }

    private async Task RestartAsync()
    {
        await Workshop.DisposeAsync();
        await _services.DisposeAsync();
        await StartAsync();
    }

    private void Say(params ImageOrder[] orders) => Workshop.Heed(new DesiredState([], [], orders));

    private ImageJob? JobOf(ImageOrder order) => Workshop.Describe().Jobs.FirstOrDefault(job => job.Id == order.Id);

    private async Task<ImageJob> OverAsync(ImageOrder order)
    {
        await Eventually.HoldsAsync(() => Task.FromResult(JobOf(order) is { State: JobState.Done or JobState.Failed or JobState.Cancelled }), "the order is over", 60);
        return JobOf(order)!;
    }

    private static (string Ticket, string Hash) NewTicket()
    {
        var secret = RandomNumberGenerator.GetBytes(32);
        return (Base64Url.EncodeToString(secret), Convert.ToHexStringLower(SHA256.HashData(secret)));
    }

    private (Guid Id, string Ticket) Admit(byte[] content, string? sha256 = null)
    {
        var (ticket, hash) = NewTicket();
        var id = Guid.NewGuid();
        Assert.Null(Workshop.Admit(new AdmitUpload(hash, id, content.Length, sha256 ?? Convert.ToHexStringLower(SHA256.HashData(content)), TimeProvider.System.GetUtcNow().AddHours(1))).Refusal);
        return (id, ticket);
    }

    private async Task<Guid> SendAsync(byte[] content, string? sha256 = null)
    {
        var (id, ticket) = Admit(content, sha256);
        Assert.Null(await Transfers.AppendAsync(Transfers.Enter(id, ticket).Upload!, 0, new MemoryStream(content), default));
        return id;
    }
}
