using Vdi.Emulator.Fakes;
using Vdi.Emulator.Machines;
using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Tests.Fakes;

public sealed class FakeComputerTests
{
    [Fact]
    public async Task Screen_that_is_given_serves_the_machines_display()
    {
        var computer = new FakeComputer
        {
            ForkTime = TimeSpan.Zero,
            Screen = async socket =>
            {
                using (socket)
                {
                    await socket.SendAsync("a screen of one's own"u8.ToArray());
                }
            },
        };
        await using var hypervisor = new FakeHypervisor(computer, TimeProvider.System);
        var machine = await hypervisor.ForkAsync(new ForkRequest(Guid.NewGuid(), 1, "desktop", PoolNetwork.Isolated("pool")), default);
        using var line = (await machine.OpenDisplayAsync(default)).Socket;
        var said = new byte[64];
        Assert.Equal("a screen of one's own", System.Text.Encoding.ASCII.GetString(said, 0, await line.ReceiveAsync(said)));
    }
}
