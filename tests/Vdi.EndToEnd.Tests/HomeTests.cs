using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Vdi.Broker.Homes;
using Vdi.Broker.Pools;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>A person's own files, in one machine after the other.</summary>
[Collection(TinyCollection.Name)]
public sealed class HomeTests(TinyVdi fixture) : IAsyncLifetime
{
    private const string Lab = "lab";

    public async Task InitializeAsync()
    {
        await ChangeAsync(policy => policy with { Home = new HomePolicy { Mode = HomeMode.Folders, GiB = 1 } });
        await fixture.Vdi.QueryAsync(async db =>
        {
            var pool = await db.Pools.FindAsync(DefaultPool.Id);
            if (await db.Pools.FindAsync(Lab) is null)
            {
                db.Pools.Add(new Pool { Id = Lab, Name = "Laboratory", Image = pool!.Image, Network = pool.Network, Policy = pool.Policy with { Warm = new WarmPolicy { Count = 0 } } });
                db.Grants.Add(new Grant(Lab, PrincipalKind.Role, Roles.User));
            }

            return await db.SaveChangesAsync();
        });
    }

    public async Task DisposeAsync()
    {
        await ChangeAsync(policy => policy with { Home = null });
        await fixture.Vdi.QueryAsync(async db => await db.Grants.Where(grant => grant.PoolId == Lab).ExecuteDeleteAsync());
    }

    [Fact]
    public async Task Files_come_along_to_the_next_machine_and_go_back_to_what_they_were()
    {
        await using var person = await fixture.Vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        await ComeAsync(person);
        await person.AtGuestDesktopAsync("echo first > ~/Documents/thesis.txt");
        await EndAsync(person, DefaultPool.Id, "Your own files stay");

        await person.OpenDesktopAsync();
        await ComeAsync(person);
        Assert.Equal("first\n", await person.AtGuestDesktopAsync("cat ~/Documents/thesis.txt"));
        await person.AtGuestDesktopAsync("echo second > ~/Documents/thesis.txt");

        // Another desktop meanwhile has them not, and says who does.
        await person.LeaveAsync();
        await person.Page.GetByTestId($"desktop-open-{Lab}").ClickAsync();
        await person.Page.GetByTestId("home-without").WaitForAsync();
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Desktops");
        await RunningVdi.ScreenshotAsync(person.Page, "home-in-use");
        await person.Page.GetByTestId("home-without").ClickAsync();
        await Assertions.Expect(person.Page.GetByTestId("screen")).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 240_000 });
        await EndAsync(person, Lab, "not saved elsewhere");
        await EndAsync(person, DefaultPool.Id, "Your own files stay");

        // Once they are put away, they become what they were.
        await person.Page.GetByTestId("user-menu").ClickAsync();
        await person.Page.GetByTestId("home").ClickAsync();
        var versions = person.Page.GetByTestId("home-version");
        await Assertions.Expect(versions).ToHaveCountAsync(2, new() { Timeout = 60_000 });
        await RunningVdi.ScreenshotAsync(person.Page, "home-versions");
        await versions.Last.GetByRole(AriaRole.Button).ClickAsync();
        await RunningVdi.ScreenshotAsync(person.Page, "home-confirm");
        await person.Page.GetByTestId("home-confirm").ClickAsync();
        await person.Page.GetByTestId("home-restored").WaitForAsync();
        await Assertions.Expect(versions).ToHaveCountAsync(3);
        await person.Page.Keyboard.PressAsync("Escape");

        await person.OpenDesktopAsync();
        await ComeAsync(person);
        Assert.Equal("first\n", await person.AtGuestDesktopAsync("cat ~/Documents/thesis.txt"));
    }

    /// <summary>Ends the desktop from the start page, where the question says what stays.</summary>
    private static async Task EndAsync(Person person, string pool, string words)
    {
        await person.LeaveAsync();
        var card = person.Page.GetByTestId($"desktop-card-{pool}");
        await card.GetByTestId("desktop-end").ClickAsync();
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync(words);
        await person.Page.GetByTestId("confirm-end").ClickAsync();
        await Assertions.Expect(card.GetByTestId("desktop-end")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
    }

    private static Task ComeAsync(Person person) => Eventually.HoldsAsync(async () => await person.InGuestAsync("mountpoint -q /home/user/Videos && echo here || true") == "here\n", "the files are there", 60);

    private Task<int> ChangeAsync(Func<PoolPolicy, PoolPolicy> change) => fixture.Vdi.QueryAsync(async db =>
    {
        var pool = await db.Pools.SingleAsync(pool => pool.Id == DefaultPool.Id);
        pool.Policy = change(pool.Policy);
        return await db.SaveChangesAsync();
    });
}
