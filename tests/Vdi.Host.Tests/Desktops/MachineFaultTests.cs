using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>One machine that misbehaves costs the host and its other machines nothing; fault 21.</summary>
public sealed class MachineFaultTests : HubTests
{
    [Fact]
    public async Task Machine_whose_end_failed_is_ended_by_the_next_pass()
    {
        Hypervisor.FailingDestroys = 2;
        await Host.DesireNothingAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(Newest(Machine)?.Reason.Contains("could not be destroyed yet: the folder", StringComparison.Ordinal) == true), "the reason is reported");
        for (var tries = 0; tries < 3; tries++)
        {
            await Host.DesireNothingAsync();
            await Task.Delay(100);
        }

        await Host.GoneAsync(Machine);
    }

    [Fact]
    public async Task Machine_whose_screen_speaks_nonsense_fails_with_a_reason_and_the_others_go_on()
    {
        await using var client = await Host.OpenAsync(RunningHost.AdmitTo(Machine));
        await PictureAsync(client);
        var hostile = Guid.NewGuid();
        Hypervisor.Hostile[hostile] = 0;
        await Host.DesireAlsoAsync(hostile);
        await Eventually.HoldsAsync(() => Task.FromResult(Newest(hostile)?.State == MachineState.Failed), "it fails", 30);
        Assert.Contains("Its screen broke: rfb:", Newest(hostile)!.Reason, StringComparison.Ordinal);
        Assert.Equal(MachineState.Ready, Newest(Machine)!.State);
        await client.SendAsync(ClientMessage.Key(true, 0x1e), ClientMessage.Key(false, 0x1e));
        await Eventually.HoldsAsync(() => Task.FromResult(Hypervisor.Keys.Contains((true, 0x1e))), "the other one is still used");
    }

    private ActualMachine? Newest(Guid machine) => Host.Heard.OfType<ActualState>().Last().Machines.FirstOrDefault(actual => actual.Machine == machine);
}
