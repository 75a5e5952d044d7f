using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>The machine is its person's: their name, their clock's zone, their keyboard.</summary>
[Collection(TinyCollection.Name)]
public sealed class PersonTests(TinyVdi fixture)
{
    [Fact]
    public async Task Machine_of_somebody_from_Seoul_has_their_name_time_zone_and_keyboard_and_keeps_what_they_change()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "ko-KR", TimezoneId = "Asia/Seoul" });
        await person.OpenDesktopAsync();
        await Eventually.HoldsAsync(async () => await person.InGuestAsync("date +%Z") == "KST\n", "the zone is Seoul's");
        await Eventually.HoldsAsync(async () => (await person.AtGuestDesktopAsync("setxkbmap -query")).Contains("layout:     kr", StringComparison.Ordinal), "the keyboard is Korean");
        await Eventually.HoldsAsync(async () => (await person.InGuestAsync("getent passwd user | cut -d: -f5")).Trim() == person.Name, "the user bears their name");
        await Eventually.HoldsAsync(async () => await person.InGuestAsync("cat /etc/default/locale") == "LANG=ko_KR.UTF-8\n", "what is started speaks Korean");

        await person.AtGuestDesktopAsync("setxkbmap de");
        await person.LeaveAsync();
        await person.ComeBackAsync();
        Assert.Contains("layout:     de", await person.AtGuestDesktopAsync("setxkbmap -query"), StringComparison.Ordinal);
    }
}
