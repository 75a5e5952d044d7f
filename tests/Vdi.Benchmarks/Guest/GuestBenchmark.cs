using Vdi.Emulator;
using Vdi.TestSupport;

namespace Vdi.Benchmarks.Guest;

/// <summary>deploy/bench guest: what a person waits for in a desktop in the browser, with a real guest.
/// <code>
/// resize           ms from the browser's window having a new size until the guest has it and is shown exactly
/// clipboard        ms from the keys that paste 10 KB until what the guest makes of it is in this computer's clipboard
/// person           s from the request for a machine until it has its person's settings and files; .first is with files that begin, .whole with a session that begins anew
/// home.kills       disks made of what had reached one by a power cut while a person wrote; .unreadable of them, and .lost files that were said to be on disk
/// person.settings  ms until the guest has a person's name, time zone, keyboard and language
/// file.up, .down   MB/s of a file of 1 GB; .memory is by how many MiB this process, server and sender, grows meanwhile
/// </code></summary>
internal static class GuestBenchmark
{
    public static async Task<List<Figure>> RunAsync(StateFolder installed, string image)
    {
        var homes = await HomeMeasure.RunAsync(await InstalledImages.TemplateAsync(installed, image));
        await using var vdi = await RunningVdi.StartAsync(image, warm: 1, new TestImages(installed.Images, installed.Templates));
        await vdi.MachineReadyAsync(600);
        await using var person = await vdi.NewPersonAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 }, Locale = "en-US", Permissions = ["clipboard-read", "clipboard-write"] });
        await person.OpenDesktopAsync();
        await Task.Delay(3000);
        var resize = await ResizeMeasure.RunAsync(person);
        var clipboard = await ClipboardMeasure.RunAsync(person);
        return [.. homes, new Figure("resize", "ms", resize), new Figure("clipboard", "ms", clipboard), new Figure("person.settings", "ms", await PersonMeasure.RunAsync(person)), .. await FileMeasure.RunAsync(vdi, person)];
    }
}
