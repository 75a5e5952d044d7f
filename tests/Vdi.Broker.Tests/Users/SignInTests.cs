using Vdi.Broker.Users;
using Vdi.Protocol.Wire;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Users;

public sealed class SignInTests
{
    [Fact]
    public async Task Lockout_refuses_the_right_password_too()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.AddUserAsync("kim", roles: Roles.User);
        using var client = new Client(broker.Address);
        for (var attempt = 0; attempt < 4; attempt++)
        {
            Assert.Equal(401, (await client.PostAsync("/api/sign-in", new { userName = "kim", password = "wrong" })).Status);
        }

        await client.PostAsync("/api/sign-in", new { userName = "kim", password = "wrong" });
        var locked = await client.PostAsync("/api/sign-in", new { userName = "kim", password = RunningBroker.Password });
        Assert.Equal((423, "locked-out"), (locked.Status, locked.Text("code")));
        Assert.True(locked.Body.GetProperty("retryAfterSeconds").GetInt32() > 0);
        Assert.Equal(401, (await client.GetAsync("/api/me")).Status);
    }

    [Fact]
    public async Task Cookie_is_bound_to_this_host_and_hidden_from_scripts()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var kim = await broker.PersonAsync("kim");
        Assert.StartsWith("__Host-vdi=", kim.SetCookie, StringComparison.Ordinal);
        foreach (var attribute in (string[])["secure", "httponly", "samesite=strict", "path=/"])
        {
            Assert.Contains(attribute, kim.SetCookie, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task Generated_password_opens_nothing_until_it_is_changed()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.AddUserAsync("new", mustChange: true, Roles.User);
        using var client = new Client(broker.Address);
        await client.SignInAsync("new", RunningBroker.Password);
        var refused = await client.GetAsync("/api/desktops");
        Assert.Equal((403, "password-change-required"), (refused.Status, refused.Text("code")));
        Assert.Equal((400, "bad-password"), await CodeAsync(client.PostAsync("/api/password", new { current = RunningBroker.Password, next = "short" })));
        Assert.Equal((400, "bad-password"), await CodeAsync(client.PostAsync("/api/password", new { current = "wrong", next = "another long password" })));
        Assert.Equal((400, "bad-password"), await CodeAsync(client.PostAsync("/api/password", new { current = RunningBroker.Password, next = RunningBroker.Password })));
        Assert.Equal(204, (await client.PostAsync("/api/password", new { current = RunningBroker.Password, next = "another long password" })).Status);
        Assert.Equal(200, (await client.GetAsync("/api/desktops")).Status);
    }

    [Fact]
    public async Task Unknown_name_and_wrong_password_look_the_same()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.AddUserAsync("kim", roles: Roles.User);
        using var client = new Client(broker.Address);
        var (unknown, wrong) = (await client.PostAsync("/api/sign-in", new { userName = "nobody", password = "x" }), await client.PostAsync("/api/sign-in", new { userName = "kim", password = "x" }));
        Assert.Equal((401, unknown.Text("detail")), (wrong.Status, wrong.Text("detail")));
    }

    [Fact]
    public async Task Signing_out_tells_the_host_to_let_nobody_see_the_persons_desktops()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        using var kim = await broker.PersonAsync("kim");
        Assert.Equal(204, (await kim.PostAsync("/api/sign-out")).Status);
        await Eventually.HoldsAsync(() => Task.FromResult(!broker.Host.UserRevokes.IsEmpty), "the host hears it");
        Assert.Equal(("kim", ByeReason.SignedOut), (broker.Host.UserRevokes.Single().User, broker.Host.UserRevokes.Single().Reason));
    }

    private static async Task<(int, string)> CodeAsync(Task<Answer> answer) => ((await answer).Status, (await answer).Text("code"));
}
