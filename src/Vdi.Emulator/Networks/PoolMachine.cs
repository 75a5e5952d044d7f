using System.Net;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Networks;

/// <summary>A machine in a pool's network. Its record is a file that dnsmasq reads as well (--dhcp-hostsdir): name = the machine's id,
/// content = MAC,address.</summary>
internal sealed record PoolMachine(Guid Id, string Mac, IPAddress Address)
{
    public string Tap => PoolNames.Tap(Id);

    public PluggedNic Nic => new(Mac, Address);

    public static PoolMachine? TryRead(string file)
    {
        try
        {
            return Guid.TryParseExact(Path.GetFileName(file), "N", out var id)
                && File.ReadAllText(file).Trim().Split(',') is [var mac, var address]
                && IsMac(mac) && NetworkRanges.TryParseAddress(address, out var parsed)
                ? new PoolMachine(id, mac, parsed)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Write(string folder)
    {
        // dnsmasq passes over names with a leading dot, and sees the rename.
        var unfinished = Path.Combine(folder, $".{Id:N}");
        using (var file = new FileStream(unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        }))
        {
            file.Write(System.Text.Encoding.ASCII.GetBytes($"{Mac},{Address}\n"));
        }

        File.Move(unfinished, Path.Combine(folder, $"{Id:N}"), overwrite: true);
    }

    /// <summary>Six pairs of lower-case hexadecimal digits.</summary>
    private static bool IsMac(string text) =>
        text.Split(':') is { Length: 6 } pairs && pairs.All(pair => pair.Length == 2 && pair.All(char.IsAsciiHexDigitLower));
}
