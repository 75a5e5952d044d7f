using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Vdi.Emulator.Tests.Machines;

/// <summary>The other end of a monitor's or an agent's line: greets whoever connects, and answers every command, given its id.</summary>
internal sealed partial class LinePeer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StringBuilder _said = new();
    private readonly Task _serving;

    public LinePeer(string greeting, Func<string, byte[]> answer)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"vdi-{Guid.NewGuid():N}");
        _listener.Bind(new UnixDomainSocketEndPoint(Path));
        _listener.Listen();
        _serving = ServeAsync(greeting, answer);
    }

    public string Path { get; }

    /// <summary>What it said in answer, for a failure's message.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _serving;
        File.Delete(Path);
    }

    private async Task ServeAsync(string greeting, Func<string, byte[]> answer)
    {
        try
        {
            using var line = await _listener.AcceptAsync();
            await using var stream = new NetworkStream(line);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(greeting));
            using var reader = new StreamReader(stream, Encoding.Latin1);
            while (await reader.ReadLineAsync() is { } command)
            {
                var bytes = answer(Id().Match(command).Groups[1].Value);
                lock (_said)
                {
                    _said.AppendLine(Encoding.Latin1.GetString(bytes));
                }

                await stream.WriteAsync(bytes);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client had heard enough.
        }
    }

    [GeneratedRegex("\"id\":(\\d+)")]
    private static partial Regex Id();
}
