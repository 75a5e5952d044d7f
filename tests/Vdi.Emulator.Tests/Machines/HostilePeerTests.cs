using System.Net.Sockets;
using System.Text;
using Vdi.Emulator.Guest;
using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>Monitors and agents that lie, stop in the middle, or say nothing.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private const string Greeting = "{\"QMP\":{\"version\":{}}}\n";
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"vdi-{Guid.NewGuid():N}");
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public HostilePeerTests()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen();
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n")]
    [InlineData("{\"QMP\":\n")]
    [InlineData("[]\n")]
    [InlineData(Greeting + "{\"return\":")]
    [InlineData(Greeting + "\u0000\u0001\n")]
    public async Task Monitor_that_speaks_garbage_or_stops_fails_with_a_reason(string script)
    {
        var peer = ServeAsync(script, close: true);
        var failure = await Assert.ThrowsAsync<MachineException>(() => QmpClient.ConnectAsync(_path, Environment.ProcessId, TimeSpan.FromSeconds(10), default));
        Assert.NotEmpty(failure.Message);
        await peer;
    }

    [Fact]
    public async Task Silent_monitor_is_given_up_at_the_deadline()
    {
        var peer = ServeAsync("", close: false);
        var failure = await Assert.ThrowsAsync<MachineException>(() => QmpClient.ConnectAsync(_path, Environment.ProcessId, TimeSpan.FromMilliseconds(200), default));
        Assert.Contains("did not greet", failure.Message, StringComparison.Ordinal);
        await peer;
    }

    [Fact]
    public async Task Agent_that_speaks_garbage_fails_with_a_reason()
    {
        var peer = ServeAsync("\u0000garbage\n", close: true);
        await Assert.ThrowsAsync<MachineException>(() => GuestAgentClient.ConnectAsync(_path, Environment.ProcessId, TimeSpan.FromSeconds(10), default));
        await peer;
    }

    [Fact]
    public async Task Silent_agent_is_given_up_at_the_deadline()
    {
        var peer = ServeAsync("", close: false);
        var failure = await Assert.ThrowsAsync<MachineException>(() => GuestAgentClient.ConnectAsync(_path, Environment.ProcessId, TimeSpan.FromMilliseconds(600), default));
        Assert.Contains("did not answer", failure.Message, StringComparison.Ordinal);
        await peer;
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Says its script to the first who connects; then hangs up, or waits until the other does.</summary>
    private async Task ServeAsync(string script, bool close)
    {
        using var line = await _listener.AcceptAsync();
        await line.SendAsync(Encoding.UTF8.GetBytes(script));
        if (close)
        {
            line.Shutdown(SocketShutdown.Send);
        }

        var buffer = new byte[4096];
        try
        {
            while (await line.ReceiveAsync(buffer) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // The other side hung up hard: that is what the test waits for.
        }
    }
}
