using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests.Keyboard;

/// <summary>The same physical keys under the guest's layouts: the browser names keys, the guest decides what they mean.</summary>
[Collection(TinyCollection.Name)]
public sealed class LayoutTests(KeyboardDesktop desktop) : IClassFixture<KeyboardDesktop>
{
    [Theory]
    [InlineData("us", "KeyQ KeyZ KeyA KeyM Semicolon Quote Minus Shift+Digit2 Shift+Quote Shift+KeyZ IntlBackslash Shift+IntlBackslash Backslash", "qzam;'-@\"Z<>\\")]
    [InlineData("gb", "KeyQ KeyZ Shift+Digit2 Shift+Digit3 Quote Shift+Quote Backslash Shift+Backslash IntlBackslash AltRight+Digit4", "qz\"£'@#~\\€")]
    [InlineData("de", "KeyY KeyZ Semicolon Quote BracketLeft Minus Shift+Digit2 Shift+Digit7 AltRight+KeyQ AltRight+KeyE AltRight+Digit7 Backslash", "zyöäüß\"/@€{#")]
    [InlineData("de", "IntlBackslash Shift+IntlBackslash AltRight+IntlBackslash Equal KeyE Shift+Equal KeyA Backquote KeyO Equal Shift+KeyE", "<>|éàôÉ")]
    [InlineData("fr", "KeyQ KeyA KeyW KeyZ Semicolon KeyM Digit1 Digit2 Digit7 Digit0 Shift+Digit1 Shift+Digit2 Shift+Digit0", "aqzwm,&éèà120")]
    [InlineData("fr", "AltRight+Digit0 AltRight+KeyE BracketLeft KeyE Shift+BracketLeft KeyI IntlBackslash Shift+IntlBackslash", "@€êï<>")]
    [InlineData("es", "Semicolon Shift+Semicolon Minus Equal Shift+Equal Quote KeyE Shift+Quote KeyU BracketLeft KeyA AltRight+Digit2 AltRight+KeyE Backslash IntlBackslash", "ñÑ'¡¿éüà@€ç<")]
    [InlineData("it", "BracketLeft BracketRight Semicolon Quote Backslash Equal Shift+BracketLeft Shift+Semicolon AltRight+Semicolon AltRight+BracketLeft Shift+Digit3 IntlBackslash", "è+òàùìéç@[£<")]
    [InlineData("se", "BracketLeft Semicolon Quote Shift+BracketLeft Minus Equal KeyE BracketRight KeyO Shift+Digit4 AltRight+Digit2 AltRight+KeyE AltRight+Minus IntlBackslash", "åöäÅ+éö¤@€\\<")]
    [InlineData("ru", "KeyQ KeyZ KeyA KeyM Semicolon BracketLeft Backquote Shift+KeyQ Slash Shift+Digit3 Shift+Digit4", "йяфьжхёЙ.№;")]
    [InlineData("gr", "KeyA KeyS KeyD KeyW Semicolon KeyA Shift+KeyA", "ασδςάΑ")]
    [InlineData("br", "Semicolon Quote KeyA BracketLeft KeyE IntlRo Shift+IntlRo IntlBackslash Slash", "çãé/?\\;")]
    [InlineData("jp", "KeyQ Shift+Digit2 Quote Semicolon BracketLeft BracketRight Equal IntlYen Shift+IntlYen IntlRo Shift+IntlRo", "q\":;@[^\\|\\_")]
    [InlineData("jp", "Convert NonConvert KanaMode=Hiragana Space", "[Henkan_Mode][Muhenkan][Hiragana_Katakana] ")]
    [InlineData("kr", "KeyR Lang1 Lang2 Shift+Digit2 KeyK", "r[Hangul][Hangul_Hanja]@k")]
    [InlineData("kr", "AltRight=HangulMode ControlRight=HanjaMode Lang1=HangulMode Lang2=HanjaMode KeyA", "[Hangul][Hangul_Hanja][Hangul][Hangul_Hanja]a")]
    public async Task Physical_keys_mean_what_the_guests_layout_says(string layout, string keys, string expected)
    {
        await desktop.Guest.UseLayoutAsync(layout, repeats: false);
        await desktop.Guest.ReadAsync();
        await desktop.Keyboard.PressAsync(keys);
        Assert.Equal(expected, await desktop.Guest.ReadAsync(expected));

        // The last key's text is there before the last key is up: keys keep a distance on their way to the guest.
        await Eventually.HoldsAsync(async () => (await desktop.Guest.HeldAsync()).Count == 0, "no key stays down");
    }
}
