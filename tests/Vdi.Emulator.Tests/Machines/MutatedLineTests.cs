using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;
using Vdi.Emulator.Templates;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport.Fuzzing;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>Fault 21 for monitors and agents: answers with something wrong in them, the same ones in every run.</summary>
public sealed class MutatedLineTests
{
    private const int Rounds = 120;

    /// <summary>What one round may allocate, with what other tests allocate beside it.</summary>
    private const long MaxAllocated = 256L << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(100);

    /// <summary>Deeper than any answer, and deeper than the parser goes.</summary>
    private static readonly string Deep = new string('[', 5000) + new string(']', 5000);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Monitor_whose_lines_are_mutated_answers_or_fails_with_a_machines_failure(int seed) => FuzzRun.RunAsync(
        seed,
        Rounds,
        random => BitConverter.GetBytes(random.Next()),
        async round =>
        {
            // An answer bears the number of its question, so it is made when that is known.
            await using var peer = new LinePeer("{\"QMP\":{\"version\":{}}}\n", First("{}", id => Mutations.Lines(
                Encoding.UTF8.GetBytes($"{{\"event\":\"RESUME\",\"data\":{{\"a\":[1,2.5,null]}},\"timestamp\":{{\"seconds\":1}}}}\r\n{{\"return\":{{\"status\":\"running\",\"x\":\"\\u00e4\"}},\"id\":{id}}}\n"), new Random(BitConverter.ToInt32(round)))));
            await using var client = await QmpClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default).WaitAsync(Patience);
            await client.CallAsync("query-status", null, Deadline, default);
        },
        e => e is MachineException,
        MaxAllocated);

    public static TheoryData<string, string> Lines => new()
    {
        { "deep", $"{{\"return\":{Deep},\"id\":ID}}\n" },
        { "id is text", "{\"return\":{},\"id\":\"ID\"}\n" },
        { "id beyond all numbers", "{\"return\":{},\"id\":1e999}\n" },
        { "id with a fraction", "{\"return\":{},\"id\":1.5}\n" },
        { "error is text", "{\"error\":\"no\",\"id\":ID}\n" },
        { "error without words", "{\"error\":{},\"id\":ID}\n" },
        { "error whose words are a number", "{\"error\":{\"desc\":5,\"class\":[]},\"id\":ID}\n" },
        { "half a surrogate in the error", "{\"error\":{\"desc\":\"\\ud800\"},\"id\":ID}\n" },
        { "half a surrogate in an event", "{\"event\":\"\\udfff\"}\n" },
        { "no UTF-8", "{\"error\":{\"desc\":\"\u00ff\"},\"id\":ID}\n" },
        { "two values in a line", "{\"return\":{},\"id\":ID}{\"return\":{},\"id\":ID}\n" },
        { "the same answer twice", "{\"return\":{},\"id\":ID}\n{\"return\":{},\"id\":ID}\n" },
        { "answer to nobody", "{\"return\":{},\"id\":99999999999}\n" },
        { "greeting again and again", "{\"QMP\":1}\n{\"QMP\":{}}\n{\"return\":{},\"id\":ID}\n" },
        { "nothing but ends of lines", "\n\n\r\n\n" },
        { "comment", "// {}\n" },
        { "null", "null\n" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Line_that_no_monitor_says_is_passed_over_or_a_machines_failure(string what, string line)
    {
        Assert.NotEmpty(what);
        await using var peer = new LinePeer("{\"QMP\":{}}\n", First("{}", id => Encoding.Latin1.GetBytes(line.Replace("ID", id, StringComparison.Ordinal))));
        var failure = await Record.ExceptionAsync(async () =>
        {
            await using var client = await QmpClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default).WaitAsync(Patience);
            await client.CallAsync("query-status", null, Deadline, default);
        });
        Assert.True(failure is null or MachineException, $"{failure}");
    }

    [Fact]
    public async Task Line_without_end_is_cut_off()
    {
        await using var peer = new LinePeer(new string('x', 17 * 1024 * 1024), _ => []);
        var failure = await Assert.ThrowsAsync<MachineException>(() => QmpClient.ConnectAsync(peer.Path, Environment.ProcessId, TimeSpan.FromSeconds(30), default));
        Assert.Contains("longer than", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guest_has_less_room_for_a_line_than_a_monitor()
    {
        await using var peer = new LinePeer("", Agent($"\"{new string('x', 2 * 1024 * 1024)}\""));
        await using var agent = await GuestAgentClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        var failure = await Assert.ThrowsAsync<MachineException>(() => agent.CallAsync("guest-get-osinfo", null, default));
        Assert.Contains("longer than", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusal_is_cut_and_steers_nothing()
    {
        await using var peer = new LinePeer("{\"QMP\":{}}\n", First("{}", id => Encoding.Latin1.GetBytes($"{{\"error\":{{\"desc\":\"no\\u001b[2J{new string('x', 100_000)}\"}},\"id\":{id}}}\n")));
        await using var client = await QmpClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        var failure = await Assert.ThrowsAsync<MachineException>(() => client.CallAsync("query-status", null, default));
        Assert.StartsWith("QEMU: no", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Message.Length < 600);
        Assert.DoesNotContain('\u001b', failure.Message);
    }

    [Fact]
    public async Task Monitor_at_which_nobody_listens_is_a_machines_failure()
    {
        var path = Path.Combine(Path.GetTempPath(), $"vdi-{Guid.NewGuid():N}");
        await Assert.ThrowsAsync<MachineException>(() => QmpClient.ConnectAsync(path, Environment.ProcessId, Patience, default));
        await Assert.ThrowsAsync<MachineException>(() => GuestAgentClient.ConnectAsync(path, Environment.ProcessId, Patience, default));
    }

    [Fact]
    public async Task Program_that_never_ends_is_given_up_with_a_reason()
    {
        await using var peer = new LinePeer("", Agent("{\"pid\":7,\"exited\":false}"));
        await using var agent = await GuestAgentClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        var failure = await Assert.ThrowsAsync<MachineException>(() => agent.RunAsync("/bin/true", [], TimeSpan.FromMilliseconds(200), default));
        Assert.Contains("did not finish /bin/true", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guest_that_complains_without_end_is_quoted_in_part()
    {
        var words = Convert.ToBase64String(Encoding.UTF8.GetBytes("no\u001b]0;title\u0007" + new string('x', 200_000)));
        await using var peer = new LinePeer("", Agent($"{{\"pid\":7,\"exited\":true,\"exitcode\":1,\"err-data\":\"{words}\"}}"));
        await using var agent = await GuestAgentClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        foreach (var ask in (Func<Task>[])[() => GuestIdentity.GiveAsync(agent, GuestSystem.Linux, Guid.NewGuid(), DateTimeOffset.UnixEpoch, default), () => GuestProxy.SetAsync(agent, "http://10.0.0.9:3128", default)])
        {
            var failure = await Assert.ThrowsAsync<MachineException>(ask);
            Assert.True(failure.Message.Length < 600);
            Assert.DoesNotContain(failure.Message, char.IsControl);
        }
    }

    [Theory]
    [InlineData("{\"status\":\"active\"}", "not saved within")]
    [InlineData("{\"status\":7}", "how far")]
    [InlineData("[]", "how far")]
    [InlineData("null", "how far")]
    [InlineData("{\"status\":\"failed\",\"error-desc\":5}", "no reason")]
    [InlineData("{\"status\":\"failed\",\"error-desc\":\"No space left\"}", "No space left")]
    public async Task Saving_that_does_not_end_or_is_not_told_of_fails_with_a_reason(string answer, string reason)
    {
        await using var peer = new LinePeer("{\"QMP\":{}}\n", First("{}", id => Encoding.Latin1.GetBytes($"{{\"return\":{answer},\"id\":{id}}}\n")));
        await using var client = await QmpClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        var failure = await Assert.ThrowsAsync<MachineException>(() => TemplateStore.WaitUntilSavedAsync(client, TimeSpan.FromMilliseconds(200), default));
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Interfaces => new()
    {
        { "null", "null" },
        { "text", "\"eth0\"" },
        { "number", "1e999" },
        { "object", "{}" },
        { "deep", Deep },
        { "elements of every kind", "[null,1,\"a\",[],{},true]" },
        { "card whose address is a number", "[{\"hardware-address\":5}]" },
        { "card without addresses", "[{\"hardware-address\":\"MAC\"}]" },
        { "card whose addresses are text", "[{\"hardware-address\":\"MAC\",\"ip-addresses\":\"10.0.0.1\"}]" },
        { "addresses of every kind", "[{\"hardware-address\":\"MAC\",\"ip-addresses\":[null,1,\"a\",[],{},{\"ip-address-type\":4},{\"ip-address-type\":\"ipv4\"},{\"ip-address-type\":\"ipv4\",\"ip-address\":7}]}]" },
        { "half a surrogate", "[{\"hardware-address\":\"\\ud800\"}]" },
        { "half a surrogate in a name", "[{\"\\ud800\":1,\"hardware-address\":\"\\udc00\\ud800\"}]" },
        { "no UTF-8", "[{\"hardware-address\":\"\u00c3\u0028\"}]" },
        { "same name twice", "[{\"hardware-address\":\"MAC\",\"hardware-address\":5,\"ip-addresses\":[],\"ip-addresses\":{}}]" },
        { "very many cards", $"[{string.Join(',', Enumerable.Repeat("{\"hardware-address\":\"00:00\"}", 50_000))}]" },
    };

    [Theory]
    [MemberData(nameof(Interfaces))]
    public async Task Guest_that_lies_about_its_network_has_no_address(string what, string answer)
    {
        Assert.NotEmpty(what);
        const string Mac = "52:54:00:00:00:01";
        await using var peer = new LinePeer("", Agent(answer.Replace("MAC", Mac, StringComparison.Ordinal)));
        await using var agent = await GuestAgentClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        var failure = await Assert.ThrowsAsync<MachineException>(() => GuestIdentity.WaitForAddressAsync(agent, Mac, TimeSpan.FromMilliseconds(500), default).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.NotEmpty(failure.Message);
    }

    public static TheoryData<string, string> Executions => new()
    {
        { "null", "null" },
        { "text", "\"started\"" },
        { "list", "[]" },
        { "without a number", "{}" },
        { "number as text", "{\"pid\":\"7\",\"exited\":true,\"exitcode\":0}" },
        { "number with a fraction", "{\"pid\":1.5}" },
        { "number beyond all", "{\"pid\":1e999}" },
        { "nothing of its end", "{\"pid\":7}" },
        { "end that is a number", "{\"pid\":7,\"exited\":1}" },
        { "exit code as text", "{\"pid\":7,\"exited\":true,\"exitcode\":\"0\"}" },
        { "exit code too large", "{\"pid\":7,\"exited\":true,\"exitcode\":99999999999}" },
        { "output that is a number", "{\"pid\":7,\"exited\":true,\"exitcode\":1,\"out-data\":5}" },
        { "output that is no base64", "{\"pid\":7,\"exited\":true,\"exitcode\":1,\"out-data\":\"***\",\"err-data\":\"=\"}" },
        { "output with half a surrogate", "{\"pid\":7,\"exited\":true,\"exitcode\":1,\"err-data\":\"\\ud800\"}" },
    };

    [Theory]
    [MemberData(nameof(Executions))]
    public async Task Guest_that_lies_about_a_program_does_not_take_its_identity(string what, string answer)
    {
        Assert.NotEmpty(what);
        await using var peer = new LinePeer("", Agent(answer));
        await using var agent = await GuestAgentClient.ConnectAsync(peer.Path, Environment.ProcessId, Patience, default);
        await Assert.ThrowsAsync<MachineException>(() => GuestIdentity.GiveAsync(agent, GuestSystem.Linux, Guid.NewGuid(), DateTimeOffset.UnixEpoch, default).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    /// <summary>An agent that answers its first question (are you there?) as it should, and everything else with this.</summary>
    private static Func<string, byte[]> Agent(string answer) => First("{}", id => Encoding.Latin1.GetBytes($"{{\"return\":{answer},\"id\":{id}}}\n"));

    /// <summary>The first command is answered as it should be.</summary>
    private static Func<string, byte[]> First(string answer, Func<string, byte[]> others)
    {
        var asked = 0;
        return id => asked++ == 0 ? Encoding.Latin1.GetBytes($"{{\"return\":{answer},\"id\":{id}}}\n") : others(id);
    }
}
