using Vdi.Protocol.Fleet;
using Vdi.Protocol.Wire;

namespace Vdi.Protocol.Tests.Fleet;

public sealed class FleetLinkTests
{
    [Fact]
    public async Task Messages_cross_in_order_and_whole()
    {
        var (broker, host) = InProcessFleetLink.Create();
        var id = Guid.NewGuid();
        FleetMessage[] sent =
        [
            new Admit("00ff", id, id, 3, "kim", "Desktops", Rights.View | Rights.Input, DateTimeOffset.UnixEpoch),
            new Revoke(id, ByeReason.SignedOut, "bye"),
            new SessionReport(id, id, 3, ViewState.FirstFrame),
            new Admitted("00ff", id, null),
        ];
        foreach (var message in sent)
        {
            await broker.SendAsync(message, default);
        }

        var received = new List<FleetMessage>();
        await foreach (var message in host.ReceiveAsync(default))
        {
            received.Add(message);
            if (received.Count == sent.Length)
            {
                break;
            }
        }

        Assert.Equal(sent, received);
    }
}
