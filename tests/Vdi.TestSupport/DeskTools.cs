using Microsoft.Playwright;

namespace Vdi.TestSupport;

/// <summary>The controls over a desktop.</summary>
public static class DeskTools
{
    /// <summary>The controls, open and moved in. The mouse over them comes first: without it they hide by themselves while one looks.</summary>
    public static async Task OpenAsync(IPage page)
    {
        var handle = page.GetByTestId("session-tools");
        await handle.HoverAsync();
        if (await handle.GetAttributeAsync("aria-expanded") != "true")
        {
            await handle.ClickAsync();
        }

        await Assertions.Expect(handle).ToHaveAttributeAsync("aria-expanded", "true");
        await page.WaitForTimeoutAsync(300);
    }
}
