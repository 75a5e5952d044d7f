using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Tests.Machines;

public sealed class UndoStackTests
{
    [Fact]
    public async Task Steps_are_undone_newest_first_and_all_of_them()
    {
        var log = new List<int>();
        var undo = new UndoStack();
        undo.Push(() => log.Add(1));
        undo.Push(() => throw new IOException("two"));
        undo.Push(() => log.Add(3));
        var failure = await Assert.ThrowsAsync<AggregateException>(async () => await undo.DisposeAsync());
        Assert.Equal([3, 1], log);
        Assert.Equal("two", Assert.Single(failure.InnerExceptions).Message);
    }

    [Fact]
    public async Task Kept_steps_are_not_undone()
    {
        var undone = false;
        await using (var undo = new UndoStack())
        {
            undo.Push(() => undone = true);
            undo.Keep();
        }

        Assert.False(undone);
    }
}
