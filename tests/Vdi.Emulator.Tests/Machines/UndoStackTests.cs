using Vdi.Emulator.Machines;

namespace Vdi.Emulator.Tests.Machines;

public sealed class UndoStackTests
{
    [Fact]
    public async Task Steps_are_undone_newest_first_and_all_of_them()
    {
        var log = new List<int>();
        var failures = new List<Exception>();
        await using (var undo = new UndoStack(failures.Add))
        {
            undo.Push(() => log.Add(1));
            undo.Push(() => throw new IOException("two"));
            undo.Push(() => log.Add(3));
        }

        Assert.Equal([3, 1], log);
        Assert.Equal("two", Assert.Single(failures).Message);
    }

    [Fact]
    public async Task Step_that_fails_does_not_hide_why_it_was_taken_back()
    {
        var failure = await Assert.ThrowsAsync<MachineException>(async () =>
        {
            await using var undo = new UndoStack();
            undo.Push(() => throw new IOException("undo"));
            throw new MachineException("first");
        });
        Assert.Equal("first", failure.Message);
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
