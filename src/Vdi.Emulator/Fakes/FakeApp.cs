using System.Net.Sockets;
using System.Text;
using Vdi.Protocol.Apps;
using Vdi.Protocol.Fleet;
using Vdi.Protocol.UnixSockets;

namespace Vdi.Emulator.Fakes;

/// <summary>The keeper of an application that does not exist: it has a window with a title, until it is told to end. A command "false" ends at once, and "windowless" never has a window.</summary>
public sealed class FakeApp(MachineApp app)
{
    private readonly Lock _lock = new();
    private readonly List<MachineApp> _started = [app];
    private Socket? _host;
    private AppEnded? _ended = app.Command == "false" ? new AppEnded(1, 0, "false: it is what I do") : null;
    private string _title = app.Command;

    /// <summary>What was started in it, in turn.</summary>
    public IReadOnlyList<MachineApp> Started
    {
        get
        {
            lock (_lock)
            {
                return [.. _started];
            }
        }
    }

    /// <summary>Ends, as if its person had closed its last window, or as if it had crashed.</summary>
    public void End(AppEnded end)
    {
        lock (_lock)
        {
            _ended = end;
            Say(Words(end));
        }
    }

    /// <summary>Gives its window another title.</summary>
    public void Title(string title)
    {
        lock (_lock)
        {
            Say(["title", _title = title]);
        }
    }

    /// <summary>The host's end of a new line.</summary>
    internal AppLine Open()
    {
        var (mine, theirs) = UnixSocket.Pair();
        lock (_lock)
        {
            _host?.Dispose();
            _host = theirs;
        }

        _ = ServeAsync(theirs);
        return new AppLine(new NetworkStream(mine, ownsSocket: true));
    }

    private async Task ServeAsync(Socket host)
    {
        await using var line = new NetworkStream(host);
        using var reader = new StreamReader(line);
        try
        {
            while (await reader.ReadLineAsync() is { } said)
            {
                Heed(said.Split('\t').Select(Uri.UnescapeDataString).ToArray());
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The host is gone.
        }
    }

    private void Heed(string[] words)
    {
        lock (_lock)
        {
            if (words is ["instead" or "beside", var folder, var command, .. var arguments])
            {
                _started.Add(new MachineApp(command, arguments, folder.Length > 0 ? folder : null));
                (_title, _ended) = (string.Join(' ', [command, .. arguments]), command == "false" ? new AppEnded(1, 0, "") : null);
            }
            else if (words is ["close"])
            {
                _ended = new AppEnded(0, 0, "");
            }

            Say(["title", _title]);
            Say(["windows", _ended is null && app.Command != "windowless" ? "1" : "0"]);
            if (_ended is { } ended)
            {
                Say(Words(ended));
            }
        }
    }

    private static string[] Words(AppEnded ended) => ["ended", $"{ended.Code}", $"{ended.Signal}", ended.Output];

    private void Say(string[] words)
    {
        try
        {
            _host?.Send(Encoding.ASCII.GetBytes(string.Join('\t', words.Select(AppLine.Encode)) + "\n"));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The host is gone; whoever comes asks again.
        }
    }
}
