namespace Vdi.Protocol.Fleet;

/// <summary>Where a foreign screen is, which a host reaches by RFB over TCP.</summary>
/// <param name="Address">An IP address or a host name, which the host resolves.</param>
/// <param name="Secret">The password that its server wants; null where it wants none.</param>
public sealed record ScreenAddress(string Address, int Port, string? Secret = null)
{
    /// <summary>Without the secret: this is what logs and people see.</summary>
    public override string ToString() => Address.Contains(':', StringComparison.Ordinal) ? $"[{Address}]:{Port}" : $"{Address}:{Port}";
}
