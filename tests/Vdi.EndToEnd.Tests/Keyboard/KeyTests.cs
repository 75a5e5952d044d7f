using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests.Keyboard;

[Collection(TinyCollection.Name)]
public sealed class KeyTests(KeyboardDesktop desktop) : IClassFixture<KeyboardDesktop>, IAsyncLifetime
{
    private const int LeftShift = 42, KeyA = 30;

    public async Task InitializeAsync()
    {
        await desktop.Person.Screen.FocusAsync();
        await desktop.Guest.UseLayoutAsync("us", repeats: false);
        await desktop.Guest.ReadAsync();
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("F1 F5 F12", "\eOP\e[15~\e[24~")]
    [InlineData("ArrowUp ArrowLeft Home End PageUp PageDown Insert Delete", "\e[A\e[D\e[H\e[F\e[5~\e[6~\e[2~\e[3~")]
    [InlineData("Escape Tab Enter NumpadEnter Control+KeyW Control+KeyC Control+KeyT Alt+KeyX", "\e\t\r\r\u0017\u0003\u0014\ex")]
    [InlineData("NumpadAdd NumpadSubtract NumpadMultiply NumpadDivide NumpadEqual Numpad8 NumpadDecimal", "+-*/=\e[A\e[3~")]
    [InlineData("PrintScreen Pause ScrollLock ContextMenu MetaLeft MetaRight", "[Print][Pause][Scroll_Lock][Menu][Super_L][Super_R]")]
    [InlineData("AudioVolumeMute AudioVolumeDown AudioVolumeUp MediaPlayPause MediaStop MediaTrackNext MediaTrackPrevious", "[XF86AudioMute][XF86AudioLowerVolume][XF86AudioRaiseVolume][XF86AudioPlay][XF86AudioStop][XF86AudioNext][XF86AudioPrev]")]
    [InlineData("BrowserBack BrowserForward BrowserRefresh BrowserHome BrowserFavorites LaunchMail LaunchApp2", "[XF86Back][XF86Forward][XF86Reload][XF86HomePage][XF86Favorites][XF86Mail][XF86Calculator]")]
    public async Task Keys_without_text_arrive_as_themselves(string keys, string expected)
    {
        await desktop.Keyboard.PressAsync(keys);
        Assert.Equal(expected, await desktop.Guest.ReadAsync(expected));
    }

    [Fact]
    public async Task Keypad_gives_digits_under_NumLock()
    {
        await desktop.Keyboard.PressAsync("NumLock Numpad0 Numpad1 Numpad2 Numpad3 Numpad4 Numpad5 Numpad6 Numpad7 Numpad8 Numpad9 NumpadDecimal NumpadEnter NumLock Numpad8");
        Assert.Equal("0123456789.\r\e[A", await desktop.Guest.ReadAsync("0123456789.\r\e[A"));
    }

    [Fact]
    public async Task Held_key_goes_down_once_and_the_guest_repeats_it()
    {
        await desktop.Guest.UseLayoutAsync("us", repeats: true);
        var before = (await desktop.Guest.EventsAsync()).Count;
        await desktop.Keyboard.DownAsync("KeyA");
        for (var i = 0; i < 10; i++)
        {
            await Task.Delay(80);
            await desktop.Keyboard.DownAsync("KeyA", repeat: true);
        }

        await desktop.Keyboard.UpAsync("KeyA");
        await Eventually.HoldsAsync(async () => (await desktop.Guest.EventsAsync()).Count >= before + 2, "the key went up");
        await Task.Delay(200);
        var own = (await desktop.Guest.EventsAsync()).Skip(before).Where(key => key.Value != 2).ToList();
        Assert.Equal([(KeyA, 1), (KeyA, 0)], own);
        Assert.Matches("^a{2,}$", await desktop.Guest.ReadAsync());
    }

    [Fact]
    public async Task Shift_goes_up_when_the_desktop_loses_the_keyboard_and_comes_back_with_the_next_key()
    {
        await desktop.Keyboard.DownAsync("Shift");
        await HeldAsync(LeftShift);
        await desktop.Person.Screen.EvaluateAsync("screen => screen.blur()");
        await HeldAsync();
        await desktop.Person.Screen.FocusAsync();
        await desktop.Keyboard.PressAsync("KeyA");
        await desktop.Keyboard.UpAsync("Shift");
        await desktop.Keyboard.PressAsync("KeyA");
        Assert.Equal("Aa", await desktop.Guest.ReadAsync("Aa"));
        await HeldAsync();
    }

    [Fact]
    public async Task Release_that_nobody_saw_is_made_up_for_by_the_next_key_or_the_pointer()
    {
        await desktop.Keyboard.DownAsync("Shift");
        await HeldAsync(LeftShift);
        desktop.Keyboard.UpUnseen("Shift");
        await desktop.Keyboard.PressAsync("KeyB");
        Assert.Equal("b", await desktop.Guest.ReadAsync("b"));
        await desktop.Keyboard.DownAsync("Shift");
        await HeldAsync(LeftShift);
        desktop.Keyboard.UpUnseen("Shift");
        await desktop.Person.Page.Mouse.MoveAsync(1, 1);
        await desktop.Person.Page.Mouse.ClickAsync(600, 400);
        await HeldAsync();
    }

    [Fact]
    public async Task Closing_the_tab_lets_go_of_all_keys()
    {
        var second = await desktop.Person.SecondWindowAsync();
        await Person.PictureAsync(second);
        await second.GetByTestId("screen").FocusAsync();
        var keyboard = await PhysicalKeyboard.OfAsync(second);
        await keyboard.DownAsync("Shift");
        await keyboard.DownAsync("KeyA");
        await HeldAsync(LeftShift, KeyA);
        await second.CloseAsync();
        await HeldAsync();
        await desktop.Person.Page.GetByTestId("session-again").ClickAsync();
        await Person.PictureAsync(desktop.Person.Page);
    }

    private Task HeldAsync(params int[] keys) =>
        Eventually.HoldsAsync(async () => (await desktop.Guest.HeldAsync()).SetEquals(keys), keys.Length == 0 ? "no key is down in the guest" : $"the keys {string.Join(", ", keys)} are down in the guest");
}
