using System.Globalization;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>A second monitor of a real guest, in a second window of a real browser.</summary>
[Collection(TinyCollection.Name)]
public sealed class MonitorTests(TinyVdi fixture)
{
    /// <summary>Asks X where the pointer is and whether its left button is down (X protocol, QueryPointer), with no more than the guest has.</summary>
    private const string Pointer = """
        perl -MIO::Socket::UNIX -e '
          $cookie = pack("H*", (split " ", (grep /MIT-MAGIC/, `xauth list`)[0])[-1]);
          $x = IO::Socket::UNIX->new("/tmp/.X11-unix/X0");
          $x->syswrite(pack("axvvvvxxa20a16", "l", 11, 0, 18, 16, "MIT-MAGIC-COOKIE-1", $cookie));
          sub take { my ($all, $part) = ("", ""); while (length $all < $_[0]) { $x->sysread($part, $_[0] - length $all) or die "X left"; $all .= $part } $all }
          $setup = take(4 * unpack("x6v", take(8)));
          ($vendor, $formats) = unpack("x16vx3C", $setup);
          $root = substr $setup, 32 + ($vendor + 3 & ~3) + 8 * $formats, 4;
          $x->syswrite(pack("CCva4", 38, 0, 2, $root));
          ($left, $top, $state) = unpack("x16vvx4v", take(32));
          printf "%d,%d,%d", $left, $top, $state >> 8 & 1;
        '
        """;

    [Fact]
    public async Task Second_window_is_a_second_monitor_with_its_own_picture_and_pointer_until_it_is_closed()
    {
        await using var person = await fixture.Vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        await GuestHasAsync(person, "current 1280 x 800");
        var second = await OpenSecondAsync(person);
        await GuestHasAsync(person, "current 2560 x 800", "Virtual-2 connected 1280x800+1280+0");
        await Eventually.HoldsAsync(async () => await ColourAsync(second, 640, 400) == "46,82,102", "the second monitor shows the root's colour, for no window is there", 60);
        Assert.NotEqual("46,82,102", await ColourAsync(person.Page, 640, 400));
        await PointerArrivesAsync(person, second, 1280);
        await PointerArrivesAsync(person, person.Page, 0);

        await person.AtGuestDesktopAsync("setsid xterm -class Probe -geometry 80x24+1280+0 -e sh -c 'stty raw -echo; touch /tmp/typed; exec dd bs=1 of=/tmp/typed' >/dev/null 2>&1 &");
        await Eventually.HoldsAsync(async () => await person.InGuestAsync("test -e /tmp/typed && echo there || true") == "there\n", "a terminal is there");
        await second.Mouse.ClickAsync(201, 133);
        await Eventually.HoldsAsync(
            async () =>
            {
                // The window manager gives a new window the keyboard in its own time.
                await second.Keyboard.TypeAsync("v");
                return (await person.InGuestAsync("cat /tmp/typed")).StartsWith('v');
            },
            "what is typed in the second window arrives",
            60);
        await second.Mouse.DownAsync();
        await Eventually.HoldsAsync(async () => (await person.AtGuestDesktopAsync(Pointer)).EndsWith(",1", StringComparison.Ordinal), "the button goes down");
        await second.Mouse.UpAsync();
        await Eventually.HoldsAsync(async () => (await person.AtGuestDesktopAsync(Pointer)).EndsWith(",0", StringComparison.Ordinal), "the button goes up");
        await RunningVdi.ScreenshotAsync(second, "second-monitor");

        await second.SetViewportSizeAsync(1000, 640);
        await GuestHasAsync(person, "Virtual-2 connected 1000x640+1280+0");
        await Eventually.HoldsAsync(async () => (await Person.PictureHashAsync(second)).StartsWith("1000x640 ", StringComparison.Ordinal), "it follows its window");
        await PointerArrivesAsync(person, second, 1280);

        await second.CloseAsync();
        await GuestHasAsync(person, "current 1280 x 800", "Virtual-2 disconnected");
        await PointerArrivesAsync(person, person.Page, 0, slack: 1);

        // It comes again, and ends with the first window.
        second = await OpenSecondAsync(person);
        await GuestHasAsync(person, "Virtual-2 connected 1280x800+1280+0");
        await person.LeaveAsync();
        await Assertions.Expect(second.GetByTestId("panel-first-closed")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await RunningVdi.ScreenshotAsync(second, "second-monitor-over");
    }

    private static async Task<IPage> OpenSecondAsync(Person person)
    {
        await DeskTools.OpenAsync(person.Page);
        var second = await person.Page.RunAndWaitForPopupAsync(() => person.Page.GetByTestId("session-monitor").ClickAsync());
        await Person.PictureAsync(second);
        return second;
    }

    private static Task GuestHasAsync(Person person, params string[] words) => Eventually.HoldsAsync(
        async () => await person.AtGuestDesktopAsync("xrandr --current") is var said && words.All(word => said.Contains(word, StringComparison.Ordinal)),
        $"the guest has {string.Join(" and ", words)}",
        60);

    /// <summary>Where the guest's pointer is of all that its monitors show follows from where the mouse is in the window.</summary>
    /// <param name="slack">With one monitor QEMU counts, and rounds down.</param>
    private static async Task PointerArrivesAsync(Person person, IPage page, int left, int slack = 0)
    {
        foreach (var (x, y) in new[] { (201, 133), (640, 400), (3, 601) })
        {
            await page.Mouse.MoveAsync(x + 9, y + 9);
            await page.Mouse.MoveAsync(x, y);
            var place = (X: 0, Y: 0);
            bool IsThere() => place.X >= left + x - slack && place.X <= left + x && place.Y >= y - slack && place.Y <= y;
            for (var tries = 0; tries < 20 && !IsThere(); tries++)
            {
                var said = (await person.AtGuestDesktopAsync(Pointer)).Split(',');
                place = (int.Parse(said[0], CultureInfo.InvariantCulture), int.Parse(said[1], CultureInfo.InvariantCulture));
            }

            Assert.True(IsThere(), $"The pointer is at {place} for {(left + x, y)}");
        }
    }

    private static Task<string> ColourAsync(IPage page, int x, int y) => page.EvaluateAsync<string>(
        """
        ([x, y]) => {
          const canvas = document.querySelector('[data-testid=screen] canvas');
          const copy = new OffscreenCanvas(1, 1).getContext('2d');
          copy.drawImage(canvas, -x, -y);
          return copy.getImageData(0, 0, 1, 1).data.slice(0, 3).join();
        }
        """,
        new[] { x, y });
}
