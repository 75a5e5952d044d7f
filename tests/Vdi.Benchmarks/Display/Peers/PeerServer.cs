using System.Globalization;
using Vdi.Emulator.Machines;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>A running peer with an empty screen, and a painter for it.</summary>
internal sealed class PeerServer : IDisposable
{
    private readonly string _folder;
    private readonly List<ServerProcess> _processes = [];

    private PeerServer(string folder) => _folder = folder;

    public int Port { get; private set; }

    public IPainter Painter { get; private set; } = null!;

    /// <summary>Processor time of the program that serves viewers, in seconds.</summary>
    public double ProcessorSeconds => _processes[^1].ProcessorSeconds;

    public static async Task<PeerServer> StartAsync(Peer peer, int width, int height)
    {
        var server = new PeerServer(Directory.CreateTempSubdirectory("vdi-bench-peer.").FullName);
        try
        {
            server.Port = ServerProcess.FreePort();
            var (port, size) = (server.Port.ToString(CultureInfo.InvariantCulture), $"{width}x{height}");
            if (peer.Server is Peer.Qemu or Peer.QemuLossy)
            {
                var vnc = $"127.0.0.1:{server.Port - 5900},lossy={(peer.Server == Peer.QemuLossy ? "on" : "off")}";
                server._processes.Add(new ServerProcess(server._folder, QemuBinary.Path, [.. QemuPainter.Arguments(server._folder), "-vnc", vnc]));
                await server._processes[^1].ListeningAsync(server.Port);
                server.Painter = new QemuPainter(server._folder, width, height);
                return server;
            }

            int display;
            if (peer.Server == Peer.Xvnc)
            {
                display = await server.StartXAsync("Xvnc", "-displayfd", "1", "-geometry", size, "-depth", "24", "-rfbport", port, "-interface", "127.0.0.1", "-SecurityTypes", "None", "-AlwaysShared", "-nolisten", "tcp");
            }
            else
            {
                display = await server.StartXAsync("Xvfb", "-displayfd", "1", "-screen", "0", $"{size}x24", "-nolisten", "tcp");
                // It naps when nobody moves the pointer, and would show two frames of a film: not what it can do.
                server._processes.Add(new ServerProcess(server._folder, "x11vnc", "-display", $":{display}", "-rfbport", port, "-localhost", "-nopw", "-forever", "-shared", "-nocursor", "-noipv6", "-nosel", "-nonap", "-q"));
            }

            await server._processes[^1].ListeningAsync(server.Port);
            server.Painter = new XPainter(display, width, height);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Painter?.Dispose();
        _processes.AsEnumerable().Reverse().ToList().ForEach(process => process.Dispose());
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<int> StartXAsync(string program, params string[] arguments)
    {
        var process = new ServerProcess(_folder, program, arguments);
        _processes.Add(process);
        return int.Parse(await process.FirstLineAsync(), CultureInfo.InvariantCulture);
    }
}
