using System.Text.Json;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Protocol.Tests.Fleet;

/// <summary>Brokers and hosts of different versions talk to each other: what a message looks like must not change by accident.</summary>
public sealed class FleetGoldenTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly Guid Session = Guid.Parse("11111111-1111-4111-8111-111111111111");
    private static readonly Guid Machine = Guid.Parse("22222222-2222-4222-8222-222222222222");
    private static readonly Guid Upload = Guid.Parse("33333333-3333-4333-8333-333333333333");
    private static readonly Guid Edit = Guid.Parse("44444444-4444-4444-8444-444444444444");
    private static readonly Guid Checkpoint = Guid.Parse("55555555-5555-4555-8555-555555555555");
    private static readonly MachineHome Home = new(Upload, HomeMode.Whole, 20);
    private static readonly string Hash = new('a', 64);
    private static readonly ImageHardware Hardware = new(Firmware.UefiSecure, GuestDrivers.Pc, Tpm: true, GuestSystem.Windows, Agent: true, 4096, 2);
    private static readonly PoolNetwork Internet = new("edit-office", NetworkMode.Internet, [], [], null);

    public static TheoryData<string> Names => [.. Messages.Keys];

    private static Dictionary<string, FleetMessage> Messages { get; } = new()
    {
        ["desired"] = new DesiredState([new DesiredMachine(Machine, "desktop", 3, Create: true, new PoolNetwork("desktops", NetworkMode.Internet, [new AllowRule("10.0.0.5", "tcp", 443, 443)], ["9.9.9.9"], "http://10.0.0.9:3128"), "0a1b2c", new MachineSize(2, 4096, 40), Suspend: true, new ScreenAddress("10.0.0.7", 5900, "secret"), App)], [new DesiredEdit(Edit, 2, Create: true, "office", "0a1b2c", Hardware, 80, [Hash], Internet)], Orders, [Upload]),
        ["admit"] = new Admit(Hash, Session, Machine, 3, "kim", "Desktops", Rights.View | Rights.Input, DateTimeOffset.UnixEpoch.AddDays(20000), new SessionLimits(180, 2.5, 8192), Home: Home, Run: new AppRun(Edit, App, Instead: true)),
        ["tell"] = new Tell(Session, NoticeKind.Idle, 120, "Are you still there?"),
        ["revoke"] = new Revoke(Session, ByeReason.SessionEnded, "The session was ended"),
        ["revokeUser"] = new RevokeUser("kim", ByeReason.SignedOut, "You signed out"),
        ["actual"] = new ActualState("local", "tcg", ["desktop"], "the host has 12 MiB of memory free", [new ActualMachine(Machine, 3, MachineState.Ready, "is ready", 84.5, 172, "0a1b2c", new AppOver(AppOverKind.Failed, "it ended with code 3", "no display"))], [Session], [new HostImage("desktop", "0a1b2c", DateTimeOffset.UnixEpoch, 2048)], new Dictionary<Guid, int> { [Session] = 42 }),
        ["actualWorkshop"] = new ActualState("local", "kvm", ["office"], null, [], [], [Version], null, Workshop),
        ["admitUpload"] = new AdmitUpload(Hash, Upload, 5_000_000_000, Hash, DateTimeOffset.UnixEpoch.AddDays(20000)),
        ["admitDownload"] = new AdmitDownload(Hash, Session, "office-0a1b2c.qcow2", DateTimeOffset.UnixEpoch.AddDays(20000)),
        ["admittedFile"] = new AdmittedFile(Hash, "the host has 12 GiB of disk free"),
        ["admitted"] = new Admitted(Hash, Session, null),
        ["session"] = new SessionReport(Session, Machine, 3, ViewState.FirstFrame),
        ["file"] = new FileMoved(Session, ToGuest: true, "보고서.pdf", 123_456),
        ["askHome"] = new AskHome(Upload, Session, HomeVerb.Restore, Edit),
        ["home"] = new HomeAnswer(Upload, new ActualHome(Session, 20, 123_456_789, Machine, [new HomeSnapshot(Edit, DateTimeOffset.UnixEpoch.AddDays(20000), SnapshotCause.BeforeRestore, 10)]), null),
        ["homeReport"] = new HomeReport(Session, Machine, Upload, 812.5, "its file system is damaged"),
        ["runInApp"] = new RunInApp(Session, Machine, new AppRun(Edit, App, Instead: false)),
        ["askApps"] = new AskApps(Edit, "desktop", "0a1b2c"),
        ["apps"] = new AppsAnswer(Edit, [new FoundApp("writer", "Writer", "Writes", "writer", ["--new"], "/srv", ["Office"], ["text/plain"], [1, 2, 3], Terminal: false)], null),
        ["clipboard"] = new ClipboardUsed(Session, ToGuest: true, ClipboardKind.Png, 123_456),
    };

    private static MachineApp App => new("/usr/bin/writer", ["--new", "보고서.odt"], "/srv");

    /// <summary>One of every kind of work.</summary>
    private static IReadOnlyList<ImageOrder> Orders =>
    [
        .. new ImageWork[]
        {
            new BuildImage("desktop", "kim", "new browser"),
            new ImportImage(Upload, "office", MediumFormat.Vhdx, Hardware, "kim", "from the old server"),
            new TestImage("office", "0a1b2c", "exit 0"),
            new UpdateImage("office", "0a1b2c", "system", "weekly", Internet),
            new ExportImage("office", "0a1b2c", MediumFormat.Qcow2),
            new DeleteImage("office", "0a1b2c"),
            new DeleteMedium(Hash),
            new StartEdit(Edit),
            new SaveCheckpoint(Edit, Checkpoint, "before the update"),
            new GoBack(Edit, Checkpoint),
            new DropCheckpoint(Edit, Checkpoint),
            new PublishEdit(Edit, "kim", "printers", Generalise: true),
        }.Select((work, i) => new ImageOrder(new Guid(i, 0, 0, new byte[8]), work, Cancelled: i == 2)),
    ];

    private static HostImage Version => new(
        "office",
        "0a1b2c",
        DateTimeOffset.UnixEpoch,
        4096,
        new ImageDetails(Hardware, ImageOrigin.Edit, "9f8e7d", "kim", "printers", 5_000_000_000, 1_000_000, new ImageTest(true, DateTimeOffset.UnixEpoch, [new ImageTestStep(ImageTestStep.Boots, true, 12.5, "OK")]), "r1", [new PackageChange("bash", "5.1", "5.2")]));

    private static HostWorkshop Workshop => new(
        [new HostRecipe("desktop", "r1")],
        [new HostMedium(Hash, "Windows 11", 5_000_000_000, DateTimeOffset.UnixEpoch)],
        [new HostUpload(Upload, 4096, 5_000_000_000)],
        [new ActualEdit(Edit, 2, MachineState.Ready, ActualMachine.ReadyReason, "office", "0a1b2c", [new EditCheckpoint(Checkpoint, "before the update", DateTimeOffset.UnixEpoch, 4096, null)], Checkpoint, 1_000_000)],
        [new ImageJob(Session, JobState.Running, "copies the disk", 0.5, null)]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Message_keeps_its_form_and_is_read_back(string name)
    {
        var message = Messages[name];
        var text = JsonSerializer.Serialize(message, Indented) + "\n";
        var frozen = Golden.FreezeText($"fleet/{name}.json", text);
        Assert.Equal(frozen, text);
        var read = JsonSerializer.Deserialize<FleetMessage>(frozen);
        Assert.Equal(text, JsonSerializer.Serialize(read, Indented) + "\n");
    }

    [Fact]
    public void Every_kind_of_work_is_frozen()
    {
        var kinds = typeof(ImageWork).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ImageWork)));
        Assert.Equal(kinds.Select(type => type.Name).Order(), Orders.Select(order => order.Work.GetType().Name).Order());
    }

    [Fact]
    public void Every_kind_of_message_is_frozen()
    {
        var kinds = typeof(FleetMessage).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(FleetMessage)));
        Assert.Equal(kinds.Select(type => type.Name).Order(), Messages.Values.Select(message => message.GetType().Name).Distinct().Order());
        Assert.Equal(Messages.Keys.Order(), Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "golden", "fleet")).Select(file => Path.GetFileNameWithoutExtension(file)).Order());
    }
}
