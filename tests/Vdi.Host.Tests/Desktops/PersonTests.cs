using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.Host.Tests.Desktops;

/// <summary>Machines are given to people.</summary>
public sealed class PersonTests : HubTests
{
    [Fact]
    public async Task Machine_is_given_to_its_person_once_as_long_as_they_say_the_same()
    {
        var kim = new PersonSettings("Kim", "ko-KR", "Asia/Seoul", "kr");
        var admit = RunningHost.AdmitTo(Machine) with { Person = kim };
        await Host.TicketAsync(admit);
        await Host.TicketAsync(admit);
        var lee = kim with { TimeZone = "Europe/Berlin" };
        await Host.TicketAsync(admit with { Person = lee });
        await Host.TicketAsync(admit with { Person = null });
        await Eventually.HoldsAsync(() => Task.FromResult(Computer.GivenTo.Count == 2), "both are given");
        Assert.Equal([(Machine, kim), (Machine, lee)], Computer.GivenTo);
    }
}
