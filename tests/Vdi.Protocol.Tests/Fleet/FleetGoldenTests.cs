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
    private static readonly string Hash = new('a', 64);

    public static TheoryData<string> Names => [.. Messages.Keys];

    private static Dictionary<string, FleetMessage> Messages { get; } = new()
    {
        ["desired"] = new DesiredState([new DesiredMachine(Machine, "desktop", 3, Create: true, new PoolNetwork("desktops", NetworkMode.Internet, [new AllowRule("10.0.0.5", "tcp", 443, 443)], ["9.9.9.9"], "http://10.0.0.9:3128"), "0a1b2c", new MachineSize(2, 4096, 40), Suspend: true, new ScreenAddress("10.0.0.7", 5900, "secret"))]),
        ["admit"] = new Admit(Hash, Session, Machine, 3, "kim", "Desktops", Rights.View | Rights.Input, DateTimeOffset.UnixEpoch.AddDays(20000), new SessionLimits(180, 2.5)),
        ["tell"] = new Tell(Session, NoticeKind.Idle, 120, "Are you still there?"),
        ["revoke"] = new Revoke(Session, ByeReason.SessionEnded, "The session was ended"),
        ["revokeUser"] = new RevokeUser("kim", ByeReason.SignedOut, "You signed out"),
        ["actual"] = new ActualState("local", "tcg", ["desktop"], "the host has 12 MiB of memory free", [new ActualMachine(Machine, 3, MachineState.Ready, "is ready", 84.5, 172, "0a1b2c")], [Session], [new HostImage("desktop", "0a1b2c", DateTimeOffset.UnixEpoch, 2048)], new Dictionary<Guid, int> { [Session] = 42 }),
        ["admitted"] = new Admitted(Hash, Session, null),
        ["session"] = new SessionReport(Session, Machine, 3, ViewState.FirstFrame),
    };

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
    public void Every_kind_of_message_is_frozen()
    {
        var kinds = typeof(FleetMessage).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(FleetMessage)));
        Assert.Equal(kinds.Select(type => type.Name).Order(), Messages.Values.Select(message => message.GetType().Name).Order());
        Assert.Equal(Messages.Keys.Order(), Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "golden", "fleet")).Select(file => Path.GetFileNameWithoutExtension(file)).Order());
    }
}
