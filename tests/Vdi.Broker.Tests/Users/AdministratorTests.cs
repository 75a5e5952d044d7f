using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Vdi.Broker.Data;
using Vdi.Broker.Users;
using Vdi.TestSupport;
using Vdi.TestSupport.Brokers;

namespace Vdi.Broker.Tests.Users;

public sealed class AdministratorTests
{
    [Fact]
    public async Task Administrator_is_made_whole_or_not_at_all()
    {
        using var state = new TemporaryState();
        var doubt = new SecondThoughts();
        await using var services = new ServiceCollection().AddLogging()
            .AddDatabase(Path.Combine(state.Folder.Root, "vdi.db"), null)
            .AddUsers()
            .AddSingleton<IUserValidator<User>>(doubt)
            .BuildServiceProvider();
        await services.MigrateDatabaseAsync(default);
        await Assert.ThrowsAsync<InvalidOperationException>(() => services.MakeFirstAdministratorAsync());
        await using (var scope = services.CreateAsyncScope())
        {
            Assert.Equal(0, await scope.ServiceProvider.GetRequiredService<VdiDb>().Users.CountAsync());
        }

        doubt.Refuses = false;
        Assert.NotNull(await services.MakeFirstAdministratorAsync());
    }

    [Fact]
    public async Task Lost_password_is_replaced_by_one_that_must_be_changed()
    {
        await using var broker = await RunningBroker.StartAsync(warm: 0);
        await broker.AddUserAsync("kim", roles: Roles.User);
        using var client = new Client(broker.Address);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await client.PostAsync("/api/sign-in", new { userName = "kim", password = "wrong" });
        }

        Assert.Null(await broker.Services.ResetPasswordAsync("nobody"));
        var password = await broker.Services.ResetPasswordAsync("kim");
        Assert.NotEqual(200, (await client.PostAsync("/api/sign-in", new { userName = "kim", password = RunningBroker.Password })).Status);
        await client.SignInAsync("kim", password!);
        Assert.Equal("password-change-required", (await client.GetAsync("/api/desktops")).Text("code"));
        Assert.Equal(204, (await client.PostAsync("/api/password", new { current = password, next = "another long password" })).Status);
        Assert.Equal(200, (await client.GetAsync("/api/desktops")).Status);
    }

    /// <summary>Takes a new user, and refuses the same when its roles are added.</summary>
    private sealed class SecondThoughts : IUserValidator<User>
    {
        private int _asked;

        public bool Refuses { get; set; } = true;

        public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user) =>
            Task.FromResult(Refuses && ++_asked > 1 ? IdentityResult.Failed(new IdentityError { Code = "Doubt", Description = "Not so." }) : IdentityResult.Success);
    }
}
