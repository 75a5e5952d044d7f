using System.Text.Json;
using Vdi.Host.Fakes;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Images;

/// <summary>A broker whose host makes images, and an administrator.</summary>
internal sealed class Workshop : IAsyncDisposable
{
    public static readonly ImageHardware Linux = new(Firmware.Kernel, GuestDrivers.Virtio, Tpm: false, GuestSystem.Linux, Agent: true, 2048, 2);
    private static int _people;

    private Workshop(RunningBroker broker, Client admin) => (Broker, Admin) = (broker, admin);

    public RunningBroker Broker { get; }

    public Client Admin { get; }

    public FakeWorkshop Host => Broker.Host.Workshop!;

    /// <param name="before">One whose broker is restarted, with another host.</param>
    /// <param name="versions">Of the image "desktop", in order; "v1" that passed its test where none are named.</param>
    public static async Task<Workshop> StartAsync(int warm = 0, SetClock? time = null, Action<FakeWorkshop>? arrange = null, Workshop? before = null, params HostImage[] versions)
    {
        var broker = await RunningBroker.StartAsync(
            warm,
            8,
            host =>
            {
                host.Versions = versions.Length > 0 ? versions : [Version("v1")];
                arrange?.Invoke(host.MakeImages());
                host.MakeImages();
            },
            time: time,
            before: before?.Broker);
        var admin = await broker.AdministratorAsync($"root{Interlocked.Increment(ref _people)}");

        // A cookie would be over where the clock is set.
        admin.Token = (await admin.PostAsync("/api/tokens", new { name = "test", scopes = new[] { "read", "write" }, days = 366 })).Text("secret");
        await Eventually.HoldsAsync(async () => (await admin.GetAsync("/api/images")).Body.GetArrayLength() > 0, "the host reports its images");
        return new Workshop(broker, admin);
    }

    public static HostImage Version(string version, int day = 1, bool? passed = true, ImageOrigin origin = ImageOrigin.Edit, string? parent = null, string? recipe = null, ImageHardware? hardware = null, string name = "desktop") => new(
        name,
        version,
        DateTimeOffset.UnixEpoch.AddDays(20000 + day),
        2048,
        new ImageDetails(hardware ?? Linux, origin, parent, "kim", "notes", 100, 10, passed is { } test ? new ImageTest(test, DateTimeOffset.UnixEpoch, []) : null, recipe, parent is null ? null : [new PackageChange("bash", "5.1", "5.2")]));

    public Task<bool> HasAsync(string version) => Task.FromResult(Broker.Host.Versions.Any(known => known.Version == version));

    /// <summary>The job as it is when it is over.</summary>
    public async Task<Answer> OverAsync(Answer ordered)
    {
        var id = ordered.Good.GetProperty("id").GetGuid();
        Answer job = ordered;
        await Eventually.HoldsAsync(
            async () =>
            {
                job = await Admin.GetAsync($"/api/images/jobs/{id}");
                return job.Body.GetProperty("ended").ValueKind != JsonValueKind.Null;
            },
            $"the job {ordered.Body} is over");
        return job;
    }

    /// <summary>An edit that is ready.</summary>
    public async Task<Guid> EditAsync(object request)
    {
        var edit = await Admin.PostAsync("/api/images/edits", request);
        Assert.Equal(201, edit.Status);
        await StateAsync(edit.Id, "ready");
        return edit.Id;
    }

    public Task StateAsync(Guid edit, string state) => Eventually.HoldsAsync(async () => (await Admin.GetAsync($"/api/images/edits/{edit}")).Text("state") == state, $"the edit is {state}");

    /// <summary>An upload that is all there.</summary>
    public async Task<Guid> UploadAsync(string fileName, long bytes = 1000)
    {
        var upload = await Admin.PostAsync("/api/images/uploads", new { fileName, bytes });
        Assert.Equal(200, upload.Status);
        Host.Receive(upload.Id, bytes);
        return upload.Id;
    }

    public async Task<JsonElement> VersionAsync(string version, string image = "desktop") =>
        await FindAsync(version, image) is { ValueKind: JsonValueKind.Object } found ? found : throw new InvalidOperationException($"There is no version {version}");

    /// <summary>Whether something holds of a version, which may not be there yet.</summary>
    public Task HoldsAsync(string version, Func<JsonElement, bool> condition, string what, string image = "desktop") =>
        Eventually.HoldsAsync(async () => await FindAsync(version, image) is { ValueKind: JsonValueKind.Object } found && condition(found), what);

    private async Task<JsonElement> FindAsync(string version, string image) => (await Admin.GetAsync($"/api/images/{image}")) is { Status: 200 } answer
        ? answer.Body.GetProperty("versions").EnumerateArray().FirstOrDefault(known => known.GetProperty("version").GetString() == version)
        : default;

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Broker.DisposeAsync();
    }
}
