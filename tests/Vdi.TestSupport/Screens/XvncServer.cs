using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Vdi.TestSupport.Screens;

/// <summary>A real VNC server: TigerVNC's Xvnc, an X server whose screen is only there over RFB.</summary>
public sealed class XvncServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private XvncServer(Process process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public int Port { get; }

    /// <param name="password">What it wants, or null for nothing.</param>
    /// <param name="port">Where it listens on loopback; null for any.</param>
    public static async Task<XvncServer> StartAsync(string? password, int? port = null, string size = "640x400")
    {
        var folder = Directory.CreateTempSubdirectory("vdi-xvnc").FullName;
        var at = port ?? FreePort();
        var start = new ProcessStartInfo("Xvnc") { RedirectStandardError = true };
        var security = password is null ? ["-SecurityTypes", "None"] : (string[])["-SecurityTypes", "VncAuth", "-PasswordFile", await PasswordFileAsync(folder, password)];
        foreach (var argument in (string[])[$":{at}", "-rfbport", $"{at}", "-interface", "127.0.0.1", "-geometry", size, "-depth", "24", "-ac", "-nolisten", "tcp", .. security])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        var server = new XvncServer(process, folder, at);
        try
        {
            await Eventually.HoldsAsync(async () => process.HasExited ? throw new InvalidOperationException("Xvnc ended") : await AnswersAsync(at), "Xvnc listens");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A port of loopback on which nobody listens.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static async Task<string> PasswordFileAsync(string folder, string password)
    {
        var file = Path.Combine(folder, "password");
        await File.WriteAllBytesAsync(file, Hidden(password));
        return file;
    }

    /// <summary>The password as VNC's files have it: by DES with a key that everybody knows, each byte of it with its bits in reverse order.</summary>
    private static byte[] Hidden(string password)
    {
        byte[] known = [23, 82, 107, 6, 35, 78, 88, 7];
        var text = new byte[8];
        System.Text.Encoding.ASCII.GetBytes(password.AsSpan(0, Math.Min(8, password.Length)), text);
#pragma warning disable CA5351 // The format's own.
        using var des = DES.Create();
#pragma warning restore CA5351
        des.Key = [.. known.Select(each => (byte)Enumerable.Range(0, 8).Sum(bit => ((each >> bit) & 1) << (7 - bit)))];
        return des.EncryptEcb(text, PaddingMode.None);
    }

    private static async Task<bool> AnswersAsync(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port);
            var said = new byte[12];
            return await socket.ReceiveAsync(said) == 12 && said.AsSpan().StartsWith("RFB "u8);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
