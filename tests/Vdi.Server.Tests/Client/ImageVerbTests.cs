using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Server.Tests.Client;

/// <summary>The verbs of vdi image that ask a server, against a broker whose host makes images that are not there.</summary>
public sealed class ImageVerbTests : IAsyncLifetime
{
    /// <summary>Two pieces and a bit.</summary>
    private const int FileBytes = 2 * 8 * 1024 * 1024 + 12_345;
    private static readonly ImageHardware Linux = new(Firmware.Kernel, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: true, 2048, 2);
    private readonly string _folder = Directory.CreateTempSubdirectory("vdi-verbs").FullName;
    private RunningBroker _broker = null!;
    private string _token = "";

    public async Task InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(warm: 0, arrange: host =>
        {
            host.Versions = [Version("a1", 1, null), Version("b2", 2, "a1"), Version("b3", 3, "b2")];
            host.MakeImages().Recipes = [new HostRecipe("desktop", "r1")];
        });
        using var admin = await _broker.AdministratorAsync("root");
        _token = (await admin.PostAsync("/api/tokens", new { name = "verbs", scopes = new[] { "read", "write" } })).Text("secret");
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/api/pools/desktops")).At("rollOut", "current") == "b3", "the pool has the newest");
    }

    public async Task DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task File_is_sent_in_pieces_and_becomes_an_image()
    {
        var (file, content) = await FileAsync("office.qcow2");
        var done = await RunAsync("image", "import", file, "--name", "office", "--system", "linux", "--memory", "1024", "--notes", "from the old server");
        Assert.True(done.Code == 0, done.Errors);
        Assert.Contains("office is there: made1", done.Output, StringComparison.Ordinal);
        Assert.Equal(content, _broker.Files.Received.Values.Single());
        Assert.Equal([0, 8 << 20, 16 << 20], _broker.Files.Offsets);
        var admitted = _broker.Host.Workshop!.AdmittedUploads.First();
        Assert.Equal((FileBytes, Convert.ToHexStringLower(SHA256.HashData(content))), (admitted.Bytes, admitted.Sha256));
        var made = Assert.IsType<ImportImage>(_broker.Host.Workshop.Begun.Single(order => order.Work is ImportImage).Work);
        Assert.Equal((MediumFormat.Qcow2, new ImageHardware(Firmware.Bios, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: false, 1024, 2), "from the old server"), (made.Format, made.Hardware, made.Notes));
    }

    [Fact]
    public async Task Line_that_breaks_is_gone_on_with_from_what_arrived()
    {
        var (file, content) = await FileAsync("office.img");
        _broker.Files.Pieces = 1;
        var running = RunAsync("image", "import", file, "--name", "office");
        await Eventually.HoldsAsync(() => Task.FromResult(_broker.Files.Received.Values.Any(received => received.Length is > 8 << 20 and < 16 << 20)), "the line breaks in a piece", 60);
        _broker.Files.Pieces = null;
        var done = await running;
        Assert.True(done.Code == 0, done.Errors);
        Assert.Equal(content, _broker.Files.Received.Values.Single());
        Assert.Contains(_broker.Files.Offsets, offset => offset % (8 << 20) != 0);
    }

    [Fact]
    public async Task Upload_that_was_interrupted_is_gone_on_with_by_the_same_command()
    {
        var (file, content) = await FileAsync("office.img");
        using var admin = await _broker.AdministratorAsync("other");
        var begun = await admin.PostAsync("/api/images/uploads", new { fileName = "office.img", bytes = FileBytes, sha256 = Convert.ToHexStringLower(SHA256.HashData(content)) });
        _broker.Files.Received[begun.Id] = content[..1000];
        _broker.Files.Spent.TryAdd(begun.Text("ticket"), 0);
        var done = await RunAsync("image", "import", file, "--name", "office");
        Assert.True(done.Code == 0, done.Errors);
        Assert.Equal(begun.Id, Assert.Single(_broker.Files.Received).Key);
        Assert.Equal(content, _broker.Files.Received[begun.Id]);
        Assert.Equal(1000, _broker.Files.Offsets.First());
    }

    [Fact]
    public async Task Import_that_is_interrupted_is_cancelled()
    {
        var (file, _) = await FileAsync("office.img");
        _broker.Host.Workshop!.Held = true;
        using var process = Start("image", "import", file, "--name", "office");
        await Eventually.HoldsAsync(() => Task.FromResult(_broker.Host.Workshop.Begun.Any(order => order.Work is ImportImage)), "the import has begun", 60);
        using var kill = Process.Start("kill", ["-INT", $"{process.Id}"]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("was cancelled; nothing of it is left", await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(JobState.Cancelled, await _broker.QueryAsync(db => db.ImageJobs.Single(job => job.Kind == "import").State));
    }

    [Fact]
    public async Task Version_is_fetched_and_one_that_was_interrupted_is_gone_on_with()
    {
        _broker.Files.Export = RandomNumberGenerator.GetBytes(3_000_000);
        var to = Path.Combine(_folder, "out.qcow2");
        var done = await RunAsync("image", "export", "desktop", "a", "--to", to);
        Assert.True(done.Code == 0, done.Errors);
        Assert.Equal(_broker.Files.Export, await File.ReadAllBytesAsync(to));
        Assert.Contains("is there already", (await RunAsync("image", "export", "desktop", "a1", "--to", to)).Errors, StringComparison.Ordinal);

        var job = await _broker.QueryAsync(db => db.ImageJobs.Single(job => job.Kind == "export").Id);
        var (again, part) = (Path.Combine(_folder, "again.qcow2"), Path.Combine(_folder, $"again.qcow2.{job:D}.part"));
        await File.WriteAllBytesAsync(part, _broker.Files.Export[..1_000_000]);
        Assert.Equal(0, (await RunAsync("image", "export", "desktop", "a1", "--to", again)).Code);
        Assert.Equal(_broker.Files.Export, await File.ReadAllBytesAsync(again));
        Assert.Equal([0, 1_000_000], _broker.Files.Fetched);
        Assert.False(File.Exists(part));
        Assert.Equal(1, await _broker.QueryAsync(db => db.ImageJobs.Count(row => row.Kind == "export")));
    }

    [Fact]
    public async Task Image_is_shown_as_a_tree_tested_updated_and_its_old_versions_deleted()
    {
        var tree = await DoAsync("image", "show", "desktop");
        Assert.Matches(@"desktop\n└── a1 .*\n    └── b2 .*\n        └── b3 .*used by desktops \(current\)", tree.Output);
        Assert.Contains("b3", (await DoAsync("image", "versions")).Output, StringComparison.Ordinal);
        Assert.Contains("2 versions", (await RunAsync("image", "delete", "desktop", "b")).Errors, StringComparison.Ordinal);
        var used = await RunAsync("image", "delete", "desktop", "b3");
        Assert.Equal(1, used.Code);
        Assert.Contains("is used by pool 'desktops' (current)", used.Errors, StringComparison.Ordinal);
        Assert.Contains("Version a1 of desktop is deleted", (await DoAsync("image", "delete", "desktop", "a1")).Output, StringComparison.Ordinal);
        Assert.Contains("painted", (await DoAsync("image", "test", "desktop")).Output, StringComparison.Ordinal);
        _broker.Host.Workshop!.TestsPass = false;
        var failed = await RunAsync("image", "test", "desktop", "b2");
        Assert.Equal((1, "Version b2 did not pass: no pool gets it.\n"), (failed.Code, failed.Errors));
        Assert.Contains("the screen stayed black", failed.Output, StringComparison.Ordinal);
        Assert.Contains("version made1", (await DoAsync("image", "update", "desktop", "b3", "--notes", "x")).Output, StringComparison.Ordinal);
        Assert.Equal("done", (await DoAsync("image", "rebuild", "desktop", "--json")).Json["state"]!.GetValue<string>());
        Assert.Contains("desktop", (await RunAsync("image", "rebuild", "nothing")).Errors, StringComparison.Ordinal);
        Assert.Contains("rebuild", string.Join(' ', (await DoAsync("image", "--help")).Output.Split()), StringComparison.Ordinal);
        var jobs = (await DoAsync("image", "jobs", "--image", "desktop", "--json")).Json["items"]!.AsArray().Select(job => job!["kind"]!.GetValue<string>()).ToHashSet();
        Assert.Superset(new HashSet<string> { "build", "update", "test", "delete" }, jobs);
    }

    [Fact]
    public async Task Edit_is_opened_saved_gone_back_in_published_and_another_one_discarded()
    {
        Assert.Contains("is begun", (await DoAsync("image", "edit", "open", "desktop")).Output, StringComparison.Ordinal);
        Assert.Contains("is being edited by root", (await RunAsync("image", "edit", "open", "desktop")).Errors, StringComparison.Ordinal);
        await Eventually.HoldsAsync(async () => (await DoAsync("image", "edit", "list", "--json")).Json["items"]![0]!["state"]!.GetValue<string>() == "ready", "it is ready", 60);
        await DoAsync("image", "edit", "checkpoint", "desktop", "before it");
        await Eventually.HoldsAsync(async () => (await DoAsync("image", "edit", "list")).Output.Contains("before it", StringComparison.Ordinal), "the checkpoint is there", 60);
        await DoAsync("image", "edit", "back", "desktop", "before it");
        Assert.Contains("no checkpoint 'after'", (await RunAsync("image", "edit", "back", "desktop", "after")).Errors, StringComparison.Ordinal);
        await DoAsync("image", "edit", "drop", "desktop", "before it");
        Assert.Contains("Version made1 is made", (await DoAsync("image", "edit", "publish", "desktop", "--notes", "fonts", "--as-is")).Output, StringComparison.Ordinal);
        Assert.False(Assert.IsType<PublishEdit>(_broker.Host.Workshop!.Begun.Last(order => order.Work is PublishEdit).Work).Generalise);
        await DoAsync("image", "edit", "open", "fresh", "--new", "--system", "windows", "--disk", "64", "--isolated");
        Assert.Contains("--yes", (await RunAsync("image", "edit", "discard", "fresh")).Errors, StringComparison.Ordinal);
        await DoAsync("image", "edit", "discard", "fresh", "--yes");
        Assert.Contains("no open edit", (await RunAsync("image", "edit", "discard", "fresh", "--yes")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Policy_is_shown_and_only_what_is_given_is_changed()
    {
        var script = Path.Combine(_folder, "check.sh");
        await File.WriteAllTextAsync(script, "test -x /usr/bin/firefox\n");
        await DoAsync("image", "policy", "desktop", "--keep", "3", "--check", script);
        await DoAsync("image", "policy", "desktop", "--update", "saturday,Sunday 22:00-04:00", "--time-zone", "Asia/Seoul");
        var policy = (await DoAsync("image", "policy", "desktop", "--json")).Json;
        Assert.Equal(("3", "test -x /usr/bin/firefox\n", "Asia/Seoul", """["saturday","sunday"]"""), (policy["keep"]!.ToJsonString(), policy["checkScript"]!.GetValue<string>(), policy["update"]!["timeZone"]!.GetValue<string>(), policy["update"]!["hours"]!["days"]!.ToJsonString()));
        Assert.Contains("--keep wants", (await RunAsync("image", "policy", "desktop", "--keep", "many")).Errors, StringComparison.Ordinal);
        Assert.Contains("--update wants", (await RunAsync("image", "policy", "desktop", "--update", "someday 22-4")).Errors, StringComparison.Ordinal);
        Assert.Contains("no time zone", (await RunAsync("image", "policy", "desktop", "--time-zone", "Mars/Base")).Errors, StringComparison.Ordinal);
        await DoAsync("image", "policy", "desktop", "--keep", "all", "--update", "none");
        policy = (await DoAsync("image", "policy", "desktop", "--json")).Json;
        Assert.Equal((null, null), (policy["keep"]?.ToJsonString(), policy["update"]?.ToJsonString()));
    }

    [Fact]
    public async Task Iso_becomes_a_medium_and_uploads_are_listed_and_given_up()
    {
        var (file, _) = await FileAsync("drivers.iso", 1000);
        await DoAsync("image", "import", file, "--name", "Drivers 2026");
        await Eventually.HoldsAsync(async () => (await DoAsync("image", "media", "list")).Output.Contains("Drivers 2026", StringComparison.Ordinal), "the medium is there", 60);
        await DoAsync("image", "edit", "open", "fresh", "--new", "--medium", "Drivers 2026");
        Assert.Contains("is in a drive", (await RunAsync("image", "media", "delete", "Drivers 2026")).Errors, StringComparison.Ordinal);
        using var admin = await _broker.AdministratorAsync("other");
        var upload = (await admin.PostAsync("/api/images/uploads", new { fileName = "left.iso", bytes = 10 })).Id;
        Assert.Contains("left.iso", (await DoAsync("image", "uploads")).Output, StringComparison.Ordinal);
        await DoAsync("image", "uploads", "--give-up", $"{upload}");
        Assert.DoesNotContain("left.iso", (await DoAsync("image", "uploads")).Output, StringComparison.Ordinal);
        Assert.Contains("There is no file", (await RunAsync("image", "import", Path.Combine(_folder, "nothing.iso"), "--name", "x")).Errors, StringComparison.Ordinal);
        var (unnamed, _) = await FileAsync("disk.bin", 1000);
        Assert.Contains("--format", (await RunAsync("image", "import", unnamed, "--name", "office")).Errors, StringComparison.Ordinal);
    }

    private static HostImage Version(string version, int day, string? parent) => new(
        "desktop",
        version,
        DateTimeOffset.UnixEpoch.AddDays(20000 + day),
        2048,
        new ImageDetails(Linux, ImageOrigin.Edit, parent, "kim", "notes", 100, 10, new ImageTest(true, DateTimeOffset.UnixEpoch, [])));

    private async Task<(string File, byte[] Content)> FileAsync(string name, int bytes = FileBytes)
    {
        var content = RandomNumberGenerator.GetBytes(bytes);
        await File.WriteAllBytesAsync(Path.Combine(_folder, name), content);
        return (Path.Combine(_folder, name), content);
    }

    private async Task<Printed> DoAsync(params string[] arguments)
    {
        var printed = await RunAsync(arguments);
        Assert.True(printed.Code == 0, printed.Errors);
        return printed;
    }

    private async Task<Printed> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return new Printed(process.ExitCode, await output, await errors);
    }

    private Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vdi.dll"), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["VDI_STATE"] = Path.Combine(_folder, "state");
        start.Environment["XDG_CONFIG_HOME"] = Path.Combine(_folder, "config");
        start.Environment["VDI_SERVER"] = _broker.Address;
        start.Environment["VDI_TOKEN"] = _token;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
