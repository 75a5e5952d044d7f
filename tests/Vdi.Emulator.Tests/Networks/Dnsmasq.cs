using System.Text.Json;
using Vdi.Emulator.Networks;

namespace Vdi.Emulator.Tests.Networks;

internal static class Dnsmasq
{
    /// <summary>Process id of the pool's dnsmasq.</summary>
    public static int Pid(StateFolder state, string pool)
    {
        using var record = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(state.Networks, PoolNames.Of(state, pool).Hash, "dnsmasq.json")));
        return record.RootElement.GetProperty("Pid").GetInt32();
    }
}
