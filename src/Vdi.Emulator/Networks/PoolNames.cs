using System.Security.Cryptography;
using System.Text;

namespace Vdi.Emulator.Networks;

/// <summary>The kernel's names for one pool's network. They come from a hash of the state folder and the pool's id: no text of a pool
/// gets into them, two servers on one computer do not meet, and they fit into an interface's 15 characters.</summary>
internal sealed record PoolNames(string Hash)
{
    /// <summary>Every interface in the host's namespace that belongs to a pool begins so.</summary>
    public const string Prefix = "vdi";

    public string Namespace => $"vdi-{Hash}";

    public string Veth => $"{Prefix}{Hash}";

    public string Table => $"vdi_{Hash}";

    public static PoolNames Of(StateFolder state, string pool) =>
        new(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{state.Root}\n{pool}")))[..10]);

    /// <summary>The tap of a machine, by the last 48 bits of its id.</summary>
    public static string Tap(Guid machine) => $"vt{machine.ToString("N")[^12..]}";
}
