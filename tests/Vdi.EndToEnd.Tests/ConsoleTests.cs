using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Playwright;
using Vdi.Broker.Users;
using Vdi.Protocol.Fleet;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

/// <summary>The administrator's pages for golden images, over the whole product: what is clicked there happens.</summary>
[Collection(TinyCollection.Name)]
public sealed class ConsoleTests(TinyVdi fixture)
{
    private const int Mebi = 1024 * 1024;

    [Fact]
    public async Task Disk_is_uploaded_in_spite_of_a_bad_line_imported_tested_and_deleted()
    {
        await using var line = SlowLine();
        await using var person = await fixture.Vdi.NewPersonAsync(address: $"http://localhost:{line.Port}", role: Roles.Administrator);
        var (page, name) = (person.Page, $"upload-{Guid.NewGuid():N}"[..20]);
        var faults = Faults(page);
        await page.GetByTestId("user-menu").ClickAsync();
        await page.GetByTestId("to-console").ClickAsync();
        await page.GetByTestId("image-tiny").WaitForAsync();
        await page.GetByTestId("to-import").ClickAsync();

        using var folder = new TemporaryState();
        var disk = await DiskAsync(folder.Folder.Root, $"{name}.qcow2", 20);
        await page.Locator("input[type=file]").First.SetInputFilesAsync(disk);
        Assert.Equal(name, await page.GetByTestId("import-name").InputValueAsync());
        await page.GetByTestId("import-notes").FillAsync("An empty disk");

        // The line is slow, and then is not there for a while.
        await page.GetByTestId("import-submit").ClickAsync();
        await page.GetByText("MB/s").WaitForAsync(new() { Timeout = 30_000 });
        await RunningVdi.ScreenshotAsync(page, "console-uploading");
        await line.RefuseNewAsync();
        line.Reset();
        await Assertions.Expect(page.GetByTestId("import")).ToHaveAttributeAsync("data-state", "waiting", new() { Timeout = 30_000 });
        line.Listen();
        await page.GetByTestId("import-result").WaitForAsync(new() { Timeout = 180_000 });
        await RunningVdi.ScreenshotAsync(page, "console-imported");
        Assert.Equal(0, await page.GetByTestId("unfinished").CountAsync());
        await page.GetByTestId("import-result").ClickAsync();

        await TestedAsync(page);
        if (await page.GetByTestId("test-boots").CountAsync() == 0 || !await page.GetByTestId("test-boots").IsVisibleAsync())
        {
            await page.GetByTestId("version-details").ClickAsync();
        }

        await Assertions.Expect(page.GetByTestId("test-boots")).ToBeVisibleAsync();
        Assert.NotNull(await page.GetByTestId("test-boots").GetAttributeAsync("data-passed"));
        await Assertions.Expect(page.GetByText("An empty disk")).ToBeVisibleAsync();
        await RunningVdi.ScreenshotAsync(page, "console-tested");

        await page.GetByTestId("version-actions").ClickAsync();
        await page.GetByTestId("version-export").ClickAsync();
        await page.GetByTestId("job-download").WaitForAsync(new() { Timeout = 180_000 });
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByTestId("job-download").ClickAsync());
        Assert.EndsWith(".qcow2", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.DoesNotContain("ticket", download.Url, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(new FileInfo(await download.PathAsync()).Length, 19 * Mebi, 22 * Mebi);

        await page.GetByTestId("version-actions").ClickAsync();
        await page.GetByTestId("version-delete").ClickAsync();
        await page.GetByTestId("confirm-delete-version").ClickAsync();
        await Assertions.Expect(page.Locator(".version")).ToHaveCountAsync(0, new() { Timeout = 60_000 });
        Assert.Empty(faults);
    }

    [Fact]
    public async Task Upload_goes_on_after_the_page_was_reloaded()
    {
        await using var line = SlowLine();
        await using var person = await fixture.Vdi.NewPersonAsync(address: $"http://localhost:{line.Port}", role: Roles.Administrator);
        var (page, name) = (person.Page, $"reload-{Guid.NewGuid():N}"[..20]);
        await page.GotoAsync($"http://localhost:{line.Port}/console/import");
        using var folder = new TemporaryState();
        var disk = await DiskAsync(folder.Folder.Root, $"{name}.qcow2", 20);
        await page.Locator("input[type=file]").First.SetInputFilesAsync(disk);
        await page.GetByTestId("import-submit").ClickAsync();
        await Eventually.HoldsAsync(async () => await ReceivedAsync(page) >= 8 * Mebi, "a piece is there", 60);
        page.Dialog += (_, dialog) => dialog.AcceptAsync();
        await page.ReloadAsync();

        // Another file is not taken for it.
        var other = await DiskAsync(folder.Folder.Root, "other.qcow2", 9);
        await page.GetByTestId("unfinished").WaitForAsync();
        await RunningVdi.ScreenshotAsync(page, "console-unfinished");
        var again = page.GetByTestId("unfinished").Locator("input[type=file]");
        await again.SetInputFilesAsync(other);
        await page.GetByTestId("unfinished").GetByRole(AriaRole.Alert).WaitForAsync();

        var kept = await ReceivedAsync(page);
        Assert.InRange(kept, 8 * Mebi, 20 * Mebi);
        await again.SetInputFilesAsync(disk);
        await page.GetByTestId("import").WaitForAsync();
        await page.GetByTestId("job-import").WaitForAsync(new() { Timeout = 60_000 });
        await page.GetByTestId("import-result").WaitForAsync(new() { Timeout = 180_000 });
        await page.GetByTestId("import-result").ClickAsync();
        await page.GetByTestId("version-actions").WaitForAsync();

        await TestedAsync(page);
        await page.GetByTestId("version-actions").ClickAsync();
        await page.GetByTestId("version-delete").ClickAsync();
        await page.GetByTestId("confirm-delete-version").ClickAsync();
        await Assertions.Expect(page.Locator(".version")).ToHaveCountAsync(0, new() { Timeout = 120_000 });
    }

    [Fact]
    public async Task Image_is_edited_in_the_browser_kept_taken_back_and_discarded()
    {
        await using var person = await fixture.Vdi.NewPersonAsync(role: Roles.Administrator);
        var page = person.Page;
        var faults = Faults(page);
        await page.GotoAsync($"{fixture.Vdi.Address}/console/images/tiny");
        await page.GetByTestId("version-edit").First.ClickAsync();
        await page.GetByTestId("confirm-edit").ClickAsync();
        await page.GetByTestId("edit").WaitForAsync();
        await Assertions.Expect(page.GetByTestId("screen")).ToHaveAttributeAsync("data-state", "connected", new() { Timeout = 240_000 });
        await Eventually.HoldsAsync(async () => await Person.FramesAsync(page) > 0, "a frame is painted", 120);
        await RunningVdi.ScreenshotAsync(page, "console-edit");

        await page.GetByTestId("checkpoint-name").FillAsync("begun");
        await page.GetByTestId("checkpoint-take").ClickAsync();
        var kept = page.GetByTestId("checkpoint");
        await Assertions.Expect(kept).ToHaveAttributeAsync("data-here", "true", new() { Timeout = 240_000 });
        await RunningVdi.ScreenshotAsync(page, "console-checkpoint");
        await Assertions.Expect(page.GetByTestId("checkpoint-back")).ToBeEnabledAsync(new() { Timeout = 60_000 });
        await page.GetByTestId("checkpoint-back").ClickAsync();
        await page.GetByTestId("confirm-checkpoint").ClickAsync();
        await Eventually.HoldsAsync(() => fixture.Vdi.QueryAsync(db => Task.FromResult(db.ImageJobs.Any(job => job.Kind == "goBack" && job.Ended != null))), "it went back", 240);
        Assert.Empty(await fixture.Vdi.QueryAsync(db => Task.FromResult(db.ImageJobs.Where(job => job.Kind != "test" && job.State == JobState.Failed).Select(job => $"{job.Kind}: {job.Step}").ToList())));
        await Person.StateIsAsync(page, "connected", 60);
        await RunningVdi.ScreenshotAsync(page, "console-back");

        await page.GetByTestId("edit-discard").ClickAsync();
        await page.GetByTestId("confirm-discard").ClickAsync();
        await Assertions.Expect(page.GetByTestId("edit-over")).ToHaveAttributeAsync("data-published", "false", new() { Timeout = 60_000 });
        await page.GetByTestId("edit-to-image").ClickAsync();
        await page.GetByTestId("version-edit").First.WaitForAsync();
        Assert.Empty(faults);
    }

    [Fact]
    public async Task People_without_the_right_find_no_way_there()
    {
        await using var person = await fixture.Vdi.NewPersonAsync();
        await person.Page.GetByTestId("user-menu").ClickAsync();
        await person.Page.GetByTestId("sign-out").WaitForAsync();
        Assert.Equal(0, await person.Page.GetByTestId("to-console").CountAsync());
        await person.Page.GotoAsync($"{fixture.Vdi.Address}/console/images");
        await person.Page.GetByText("You may not see this").WaitForAsync();
    }

    /// <summary>A line on which a piece of a file takes some seconds.</summary>
    private TcpProxy SlowLine() => new(new IPEndPoint(IPAddress.Loopback, new Uri(fixture.Vdi.Address).Port)) { Up = new LineQuality { BytesPerSecond = 3 * Mebi } };

    /// <summary>The image's one version has passed its test or failed it.</summary>
    private static async Task TestedAsync(IPage page)
    {
        var state = page.GetByTestId("version-state");
        await Eventually.HoldsAsync(async () => await state.CountAsync() == 1 && await state.GetAttributeAsync("data-state") is "offered" or "failed", "the version was tested", 600);
    }

    /// <summary>Bytes of the one upload that the host has.</summary>
    private static Task<long> ReceivedAsync(IPage page) => page.EvaluateAsync<long>("async () => (await (await fetch('/api/images/uploads')).json())[0]?.received ?? 0");

    /// <summary>A disk of noise, which no format makes smaller.</summary>
    private static async Task<string> DiskAsync(string folder, string name, int mebibytes)
    {
        var (raw, disk) = (Path.Combine(folder, $"{name}.raw"), Path.Combine(folder, name));
        await File.WriteAllBytesAsync(raw, RandomNumberGenerator.GetBytes(mebibytes * Mebi));
        using var process = Process.Start("/usr/bin/qemu-img", ["convert", "-q", "-f", "raw", "-O", "qcow2", raw, disk]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return disk;
    }

    /// <summary>What the page's scripts threw and what its content security policy forbade, until the end of the test.</summary>
    private static List<string> Faults(IPage page)
    {
        var faults = new List<string>();
        page.PageError += (_, error) => faults.Add(error);
        page.Console += (_, message) =>
        {
            if (message.Text.Contains("Content Security", StringComparison.Ordinal) || message.Text.Contains("TrustedHTML", StringComparison.Ordinal))
            {
                faults.Add(message.Text);
            }
        };
        return faults;
    }
}
