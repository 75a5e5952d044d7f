using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Vdi.Emulator.Images;
using Vdi.Emulator.Templates;
using Vdi.Server;
using Vdi.TestSupport;

namespace Vdi.EndToEnd.Tests;

[Collection(TinyCollection.Name)]
public sealed class DamagedTemplateTests(TinyVdi fixture)
{
    [Fact]
    public async Task Damaged_template_is_set_aside_with_a_log_line_and_made_anew()
    {
        using var state = new TemporaryState();
        state.Borrow(state.Folder.Images, fixture.Vdi.State.Images);
        var emulator = new TestEmulator(state.Folder);
        var images = new ImageStore(state.Folder, VdiServer.Recipes, TimeProvider.System);

        // Other tests make templates of other sizes beside it.
        var key = Template.KeyOf(images.Find("tiny")!.Machine, (await emulator.Supply(images).AcceleratorAsync).Name);
        var original = Path.Combine(fixture.Vdi.State.Templates, key);
        var copy = Path.Combine(state.Folder.Templates, Path.GetFileName(original));
        using (var cp = Process.Start("cp", ["-a", "--sparse=always", original, copy]))
        {
            await cp.WaitForExitAsync();
            Assert.Equal(0, cp.ExitCode);
        }

        var found = await emulator.Supply(images).GetAsync("tiny", size: null, app: null, null, default);
        Assert.Equal(copy, found.Folder);

        var file = Path.Combine(copy, "state");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write))
        {
            stream.Position = stream.Length / 2;
            await stream.WriteAsync("damage"u8.ToArray());
        }

        // A new process looks at the files before the first fork; that it boots a machine for a new template is enough to see here.
        var log = new ListLog<TemplateSupply>();
        using var seen = new CancellationTokenSource();
        var supply = new TemplateSupply(images, emulator.Templates, new TemplateOptions(), log);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => supply.GetAsync("tiny", size: null, app: null, new CancelWhen("waiting for the guest agent", seen), seen.Token));
        Assert.False(Directory.Exists(copy));
        Assert.True(File.Exists(Path.Combine(state.Folder.Templates, $".damaged-{Path.GetFileName(copy)}", "state")));
        Assert.Contains(log.Lines, line => line.Contains("state is not as it was saved", StringComparison.Ordinal) && line.Contains("made anew", StringComparison.Ordinal));
        await Eventually.HoldsAsync(() => Task.FromResult(!Directory.EnumerateDirectories(state.Folder.Templates, ".building-*").Any()), "the abandoned build is taken back", 30);
    }

    private sealed class CancelWhen(string step, CancellationTokenSource source) : IProgress<string>
    {
        public void Report(string value)
        {
            if (value == step)
            {
                source.Cancel();
            }
        }
    }

    private sealed class ListLog<T> : ILogger<T>
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue(formatter(state, exception));
    }
}
