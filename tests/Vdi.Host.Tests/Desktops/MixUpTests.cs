using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>No frame of one user is ever shown to another, however people come, are taken over, come back and leave. A fake machine's
/// screen has its machine's own colour, so every picture says whose it is.</summary>
public sealed class MixUpTests : HubTests
{
    private const int Machines = 6;
    private const int Rounds = 25;

    [Fact]
    public async Task Everybody_sees_their_own_machine_and_no_other_under_load()
    {
        var machines = new List<Guid> { Machine };
        while (machines.Count < Machines)
        {
            machines.Add(await Host.MachineAsync());
        }

        var seen = await Task.WhenAll(machines.SelectMany(machine => (IEnumerable<Task<int>>)[UseAsync(machine), UseAsync(machine)]));
        Assert.All(seen, pictures => Assert.InRange(pictures, Rounds / 2, int.MaxValue));
    }

    /// <summary>One person at one machine; how many pictures they looked at.</summary>
    private async Task<int> UseAsync(Guid machine)
    {
        var random = new Random(machine.GetHashCode());
        var admit = RunningHost.AdmitTo(machine);
        var pictures = 0;
        byte[]? secret = null;
        for (var round = 0; round < Rounds; round++)
        {
            await using var client = secret is null || random.Next(3) == 0
                ? await Host.OpenAsync(admit)
                : await Host.ComeAsync(CredentialKind.ResumeSecret, secret);
            secret = client.ResumeSecret;
            await Eventually.HoldsAsync(() => Task.FromResult(client.Frames > 0), "a picture comes");
            for (var look = random.Next(1, 4); look > 0; look--)
            {
                await client.SendAsync(ClientMessage.Pointer(random.Next(600), random.Next(380), 0));
                client.Read(picture =>
                {
                    // The corner is behind no pointer.
                    Assert.Equal(machine.ToByteArray().Take(2), picture!.Row(639, 399, 1)[..2].ToArray());
                    return pictures++;
                });
                await Task.Delay(random.Next(10));
            }
        }

        return pictures;
    }
}
