using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests.Keyboard;

/// <summary>A text is typed on the guest's own layout, where nothing can be pasted.</summary>
[Collection(TinyCollection.Name)]
public sealed class SendTextTests(KeyboardDesktop desktop) : IClassFixture<KeyboardDesktop>
{
    private const string Usual = "Abc xyz 019 !#$%&/()=?+*-_.:,;@<>|";

    [Theory]
    [InlineData("us", Usual + "{}[]\\^~`'\"")]
    [InlineData("gb", Usual + "{}[]\\£€¬")]
    [InlineData("jp", Usual + "{}[]\\^~`")]
    [InlineData("de", Usual + "{}[]\\^~äÖßéÀ€µ§")]
    [InlineData("fr", Usual + "{}[]\\^çàêË€")]
    [InlineData("es", Usual + "{}[]ñÑúïÀ¿¡€")]
    [InlineData("it", Usual + "[]èòàù€")]
    public async Task Every_character_arrives_as_it_was_meant(string layout, string text)
    {
        await TypeAsync(layout, text);
        Assert.Equal(text, await desktop.Guest.ReadAsync(text));
        await Assertions.Expect(desktop.Person.Page.GetByTestId("send-text")).ToHaveCountAsync(0);
        await Eventually.HoldsAsync(async () => (await desktop.Guest.HeldAsync()).Count == 0, "no key stays down");
    }

    [Fact]
    public async Task Hangul_is_typed_by_its_letters_and_what_no_key_gives_is_said()
    {
        await TypeAsync("kr", "한글🙂");
        Assert.Equal("[Hangul]gksrmf[Hangul]", await desktop.Guest.ReadAsync("[Hangul]gksrmf[Hangul]"));
        await Assertions.Expect(desktop.Person.Page.GetByTestId("send-text-problem")).ToContainTextAsync("🙂");
        await RunningVdi.ScreenshotAsync(desktop.Person.Page, "send-text");
        await desktop.Person.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(desktop.Person.Screen).ToBeFocusedAsync();
    }

    private async Task TypeAsync(string layout, string text)
    {
        await desktop.Guest.UseLayoutAsync(layout, repeats: false);
        await desktop.Guest.ReadAsync();
        var page = desktop.Person.Page;
        if (await page.GetByTestId("send-text").CountAsync() > 0)
        {
            // Of a text that was not typed whole.
            await page.Keyboard.PressAsync("Escape");
            await Assertions.Expect(page.GetByTestId("send-text")).ToHaveCountAsync(0);
        }

        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-send-text").ClickAsync();
        await page.GetByTestId("send-text").FillAsync(text);
        await page.GetByTestId("send-text-layout").SelectOptionAsync(layout);
        await page.GetByTestId("send-text-send").ClickAsync();
    }
}
