using Vdi.Emulator.Machines;

namespace Vdi.Benchmarks.Display.Peers;

/// <summary>A product beside us, with what its viewer asks of it.</summary>
/// <param name="Name">In figures.</param>
/// <param name="Server">What serves: <see cref="Xvnc"/>, <see cref="X11vnc"/>, <see cref="Qemu"/> or <see cref="QemuLossy"/>.</param>
/// <param name="Encodings">Numbers of RFB encodings, most wanted first: 7 Tight, 16 ZRLE, 1 CopyRect, -32 to -23 JPEG quality 0 to 9,
/// -256 to -247 compression 0 to 9. Without a quality Tight sends no JPEGs.</param>
internal sealed record Peer(string Name, string Server, int[] Encodings)
{
    public const string Xvnc = "Xvnc";
    public const string X11vnc = "x11vnc";

    /// <summary>QEMU's own VNC server; it sends JPEGs only where it is let to.</summary>
    public const string Qemu = "QEMU";
    public const string QemuLossy = "QEMU, lossy";

    public static Peer TightLossless { get; } = new("tight", Xvnc, [7, 1, -254]);

    public static Peer TightJpeg { get; } = new("tight.jpeg", Xvnc, [7, 1, -24, -254]);

    public static IReadOnlyList<Peer> All { get; } =
    [
        TightLossless,
        TightJpeg,
        new("zrle", Xvnc, [16, 1]),
        new("x11vnc.jpeg", X11vnc, [7, 1, -24, -254]),
        new("qemu", Qemu, [7, 1, -254]),
        new("qemu.jpeg", QemuLossy, [7, 1, -24, -254]),
    ];

    /// <summary>TigerVNC at lower qualities: for the film, where the comparison is to be at our PSNR and not at a number of a setting.</summary>
    public static IReadOnlyList<Peer> TightJpegLadder { get; } = [.. Enumerable.Range(0, 8).Select(quality => new Peer($"tight.jpeg.q{quality}", Xvnc, [7, 1, -32 + quality, -254]))];

    /// <summary>The Debian package of the first program that is missing; null where all are there.</summary>
    public string? MissingPackage =>
        Server is Qemu or QemuLossy ? (File.Exists(QemuBinary.Path) ? null : "qemu-system-x86")
        : !XPainter.IsInstalled() ? "libx11-6"
        : Server == Xvnc ? (ServerProcess.IsInstalled("Xvnc") ? null : "tigervnc-standalone-server")
        : !ServerProcess.IsInstalled("Xvfb") ? "xvfb"
        : ServerProcess.IsInstalled("x11vnc") ? null : "x11vnc";
}
