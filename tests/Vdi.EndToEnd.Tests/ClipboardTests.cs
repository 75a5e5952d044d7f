using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>What is copied on one side is pasted on the other, in a real guest with its desktop's agent.</summary>
[Collection(TinyCollection.Name)]
public sealed class ClipboardTests(TinyVdi fixture)
{
    private const string Pasted = "/tmp/pasted";

    [Fact]
    public async Task What_is_copied_on_one_side_is_pasted_on_the_other()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US", Permissions = ["clipboard-read", "clipboard-write"] });
        await person.OpenDesktopAsync();
        await OpenTerminalAsync(person);
        foreach (var text in new[] { "Grüße, 안녕하세요", string.Concat(Enumerable.Range(0, 1500).Select(i => $"{i:0000} 가 ")) })
        {
            await person.Page.EvaluateAsync("text => navigator.clipboard.writeText(text)", text);
            await person.Page.Keyboard.PressAsync("Shift+Insert");
            await Eventually.HoldsAsync(async () => await PastedAsync(person) == text, "the guest has pasted it");
            await person.InGuestAsync($": >{Pasted}");
        }

        // A terminal's way of copying (xterm, OSC 52).
        const string theirs = "Aus der Maschine: 복사";
        await person.AtGuestDesktopAsync($"printf '\\033]52;c;%s\\a' {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(theirs))} >\"$(cat {Pasted}.tty)\"");
        await Eventually.HoldsAsync(async () => await person.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()") == theirs, "the browser's computer has what was copied");
    }

    [Fact]
    public async Task What_is_composed_here_arrives_as_text()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "ko-KR" });
        await person.OpenDesktopAsync();
        await OpenTerminalAsync(person);
        await person.Page.GetByTestId("typing").FocusAsync();
        var devtools = await person.Page.Context.NewCDPSessionAsync(person.Page);
        foreach (var word in new[] { "한글", "日本語" })
        {
            // As a phone's keyboard does: what is composed changes, and is only then text.
            for (var length = 1; length <= word.Length; length++)
            {
                await devtools.SendAsync("Input.imeSetComposition", new() { ["text"] = word[..length], ["selectionStart"] = length, ["selectionEnd"] = length });
            }

            await devtools.SendAsync("Input.insertText", new() { ["text"] = word });
            await Eventually.HoldsAsync(async () => await PastedAsync(person) == word, "the word has arrived");
            await person.Page.Keyboard.InsertTextAsync("ab");
            await Eventually.HoldsAsync(async () => await PastedAsync(person) == word + "ab", "what has keys came by them");
            await person.InGuestAsync($": >{Pasted}");
        }
    }

    /// <summary>A terminal in front that keeps what is pasted into it.</summary>
    private static async Task OpenTerminalAsync(Person person)
    {
        await person.Screen.FocusAsync();
        await person.AtGuestDesktopAsync($"rm -f {Pasted}; setsid xterm -xrm 'XTerm*allowWindowOps: true' -e sh -c 'stty raw -echo; tty >{Pasted}.tty; exec cat >>{Pasted}' >/dev/null 2>&1 &");
        await Eventually.HoldsAsync(async () => (await person.InGuestAsync($"test -e {Pasted} && echo yes || echo no")).StartsWith('y'), "the terminal is open");
        await Eventually.HoldsAsync(
            async () =>
            {
                await person.Page.Keyboard.PressAsync("Space");
                await Task.Delay(200);
                return (await PastedAsync(person)).Length > 0;
            },
            "the terminal has the keyboard");
        await Task.Delay(500);
        await person.InGuestAsync($": >{Pasted}");
    }

    private static async Task<string> PastedAsync(Person person) =>
        System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((await person.InGuestAsync($"base64 -w0 {Pasted}")).Trim()));
}
