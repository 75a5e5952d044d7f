using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Playwright;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>Files go from the browser's computer into a real guest, and come from there.</summary>
[Collection(TinyCollection.Name)]
public sealed class FileTests(TinyVdi fixture)
{
    [Fact]
    public async Task File_is_sent_into_the_desktop_and_another_is_fetched_from_it()
    {
        await using var person = await fixture.Vdi.NewPersonAsync();
        await person.OpenDesktopAsync();
        var page = person.Page;
        await DeskTools.OpenAsync(page);
        await page.GetByTestId("session-files").ClickAsync();
        await page.GetByTestId("files").WaitForAsync();
        var content = RandomNumberGenerator.GetBytes(3_000_000);
        await page.GetByTestId("files-choose").SetInputFilesAsync([new FilePayload { Name = "보고서 1.bin", MimeType = "application/octet-stream", Buffer = content }, new FilePayload { Name = "empty.txt", MimeType = "text/plain", Buffer = [] }]);
        await Assertions.Expect(page.Locator("[data-testid=file-send][data-state=done]")).ToHaveCountAsync(2, new() { Timeout = 60_000 });
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), (await person.InGuestAsync("sha256sum <'/home/user/Downloads/보고서 1.bin'"))[..64]);
        Assert.Equal("user 0\n", await person.InGuestAsync("stat -c '%U %s' /home/user/Downloads/empty.txt"));

        await person.AtGuestDesktopAsync("head -c 2000000 /dev/urandom >\"$HOME/To my computer/<b>결과.dat\"");
        await Assertions.Expect(page.GetByTestId("file-shared")).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        await RunningVdi.ScreenshotAsync(page, "desktop-files");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("file-download").ClickAsync());
        await using var fetched = await download.CreateReadStreamAsync();
        Assert.Equal((await person.InGuestAsync("sha256sum </home/user/'To my computer/<b>결과.dat'"))[..64], Convert.ToHexStringLower(await SHA256.HashDataAsync(fetched)));

        // Whoever presses a key types in the desktop again.
        await page.GetByTestId("files-close").ClickAsync();
        await Assertions.Expect(page.GetByTestId("files")).ToHaveCountAsync(0);
        await Assertions.Expect(person.Screen).ToBeFocusedAsync();
        var target = $"session/{person.Session}";
        await Eventually.HoldsAsync(() => fixture.Vdi.QueryAsync(async db => await db.Audit.CountAsync(entry => entry.Action == "session.file" && entry.Target == target) == 3), "all three are noted");
    }
}
