using Vdi.Emulator.Machines;
using Vdi.Server.Client;

namespace Vdi.Server.Commands;

/// <summary>A verb was interrupted, and something of it is left, as the message says.</summary>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);

/// <summary>What a verb says when it cannot do its work: one sentence, never a stack trace.</summary>
internal static class CommandFailure
{
    /// <summary>As a shell counts what SIGINT ended.</summary>
    private const int Interrupted = 130;

    /// <summary>Runs the work of a verb; <paramref name="what"/> begins the sentence, "Building image 'desktop'" say.</summary>
    public static async Task<int> GuardAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
            return 0;
        }
        catch (InterruptedException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Interrupted;
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync($"{what} was interrupted; nothing of it is left, run it again to begin anew.");
            return Interrupted;
        }
        catch (Exception e) when (e is MachineException or ApiException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"{what} failed: {string.Join(' ', Causes(e).Select(cause => cause.Message.ReplaceLineEndings(" ")))}");
            return 1;
        }
    }

    /// <summary>The innermost: those around them say only that something failed.</summary>
    private static IEnumerable<Exception> Causes(Exception e) => e switch
    {
        AggregateException many => many.Flatten().InnerExceptions.SelectMany(Causes),
        { InnerException: { } inner } => Causes(inner),
        _ => [e],
    };
}
