using Microsoft.Playwright;

namespace Vdi.EndToEnd.Tests.Keyboard;

/// <summary>The keyboard in front of a browser: key events as they come from the system, by the code of the physical key.</summary>
internal sealed class PhysicalKeyboard(ICDPSession browser)
{
    private readonly List<string> _down = [];

    public static async Task<PhysicalKeyboard> OfAsync(IPage page) => new(await page.Context.NewCDPSessionAsync(page));

    /// <summary>Presses chords, parted by blanks: <c>Shift+KeyA</c>, <c>AltRight+KeyE</c>; <c>Lang1=HangulMode</c> says the key's name.</summary>
    public async Task PressAsync(string chords)
    {
        foreach (var chord in chords.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var keys = chord.Split('+');
            foreach (var key in keys)
            {
                await DownAsync(key);
            }

            foreach (var key in keys.Reverse())
            {
                await UpAsync(key);
            }
        }
    }

    public Task DownAsync(string key, bool repeat = false)
    {
        if (!repeat)
        {
            _down.Add(Code(key));
        }

        return SendAsync("rawKeyDown", key, repeat);
    }

    public Task UpAsync(string key)
    {
        _down.Remove(Code(key));
        return SendAsync("keyUp", key, repeat: false);
    }

    /// <summary>Lets go of a key where the page does not see it.</summary>
    public void UpUnseen(string key) => _down.Remove(Code(key));

    private static string Code(string key) => key.Split('=')[0] switch
    {
        "Shift" => "ShiftLeft",
        "Control" => "ControlLeft",
        "Alt" => "AltLeft",
        var code => code,
    };

    private Task SendAsync(string type, string key, bool repeat) => browser.SendAsync("Input.dispatchKeyEvent", new()
    {
        ["type"] = type,
        ["code"] = Code(key),
        ["key"] = key.Contains('=', StringComparison.Ordinal) ? key.Split('=')[1] : Code(key).Replace("Left", "", StringComparison.Ordinal),
        ["autoRepeat"] = repeat,
        ["modifiers"] = Bit("Alt", 1) | Bit("Control", 2) | Bit("Meta", 4) | Bit("Shift", 8),
    });

    private int Bit(string name, int bit) => _down.Exists(code => code.StartsWith(name, StringComparison.Ordinal)) ? bit : 0;
}
