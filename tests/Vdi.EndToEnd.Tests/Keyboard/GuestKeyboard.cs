using System.Buffers.Binary;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests.Keyboard;

/// <summary>
/// What the guest got. Text: a terminal in the guest writes what its keyboard gives into a file, dead keys and AltGr as its layout has
/// them, and the names of keys that give no text in brackets. Keys: the events of the guest's kernel.
/// </summary>
internal sealed class GuestKeyboard(Person person)
{
    private const string Text = "/tmp/keyboard.text";
    private const string Events = "/tmp/keyboard.events";
    private int _read;

    /// <summary>X key symbols that the terminal names.</summary>
    private static readonly string[] Named =
    [
        "Hangul", "Hangul_Hanja", "Henkan_Mode", "Muhenkan", "Hiragana_Katakana", "Print", "Pause", "Scroll_Lock", "Menu", "Super_L", "Super_R",
        "XF86AudioMute", "XF86AudioLowerVolume", "XF86AudioRaiseVolume", "XF86AudioPlay", "XF86AudioStop", "XF86AudioNext", "XF86AudioPrev",
        "XF86AudioMedia", "XF86Back", "XF86Forward", "XF86Reload", "XF86Stop", "XF86HomePage", "XF86Favorites", "XF86Mail", "XF86Calculator",
        "XF86Explorer", "XF86MyComputer",
    ];

    /// <summary>Opens the terminal in front of all windows and begins to read.</summary>
    public async Task OpenAsync()
    {
        await person.InGuestAsync($"rm -f {Text} {Events}; setsid cat /dev/input/by-path/pci-*-event-kbd >{Events} 2>/dev/null & sleep 0.1");
        var translations = string.Join("\\n", Named.Select(name => $"<Key>{name}: string(\"[{name}]\")"));
        await person.AtGuestDesktopAsync($"setsid xterm -xrm 'XTerm*metaSendsEscape: true' -xrm 'XTerm*VT100.translations: #override {translations}' -e sh -c 'stty raw -echo; exec cat >{Text}' >/dev/null 2>&1 &");
        await Eventually.HoldsAsync(async () => (await person.InGuestAsync($"test -e {Text} && echo yes || echo no")).StartsWith('y'), "the terminal is open");
        // It reads its file before its window has the keyboard.
        var keyboard = await PhysicalKeyboard.OfAsync(person.Page);
        await Eventually.HoldsAsync(
            async () =>
            {
                await keyboard.PressAsync("Space");
                await Task.Delay(200);
                return (await AllAsync()).Length > 0;
            },
            "the terminal has the keyboard");
    }

    /// <param name="repeats">Whether held keys repeat: on a busy computer one stays down for longer than anybody means.</param>
    public async Task UseLayoutAsync(string layout, bool repeats) => await person.AtGuestDesktopAsync($"setxkbmap -option '' {layout} && xset r {(repeats ? "on" : "off")}");

    /// <summary>What came since the last time, as soon as it is <paramref name="expected"/>; else what came in some seconds.</summary>
    public async Task<string> ReadAsync(string expected)
    {
        var text = "";
        for (var i = 0; i < 40 && text != expected; i++)
        {
            await Task.Delay(i == 0 ? 150 : 100);
            text = (await AllAsync())[_read..];
        }

        _read += text.Length;
        return text;
    }

    /// <summary>What came since the last time, once no more comes.</summary>
    public async Task<string> ReadAsync()
    {
        var (before, now) = ("", await AllAsync());
        while (now != before)
        {
            await Task.Delay(150);
            (before, now) = (now, await AllAsync());
        }

        var text = now[_read..];
        _read = now.Length;
        return text;
    }

    /// <summary>Kernel codes of the keys that are down in the guest now.</summary>
    public async Task<HashSet<int>> HeldAsync()
    {
        var held = new HashSet<int>();
        foreach (var (code, value) in await EventsAsync())
        {
            _ = value == 0 ? held.Remove(code) : held.Add(code);
        }

        return held;
    }

    /// <summary>Key events so far: kernel code; 0 up, 1 down, 2 repeated by the guest.</summary>
    public async Task<List<(int Code, int Value)>> EventsAsync()
    {
        const int Length = 24, KeyEvent = 1;
        var bytes = Convert.FromBase64String((await person.InGuestAsync($"base64 -w0 {Events}")).Trim());
        var events = new List<(int, int)>();
        for (var at = 0; at + Length <= bytes.Length; at += Length)
        {
            if (BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 16)) == KeyEvent)
            {
                events.Add((BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 18)), BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at + 20))));
            }
        }

        return events;
    }

    private async Task<string> AllAsync() => System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((await person.InGuestAsync($"base64 -w0 {Text}")).Trim()));
}
