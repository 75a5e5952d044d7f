using System.Text;

namespace Vdi.Server.Client;

/// <summary>Questions to whoever sits at the terminal; Ctrl-C ends each of them.</summary>
internal static class Terminal
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether there is anybody to ask.</summary>
    public static bool HasPerson => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public static async Task<string> AskAsync(string question, CancellationToken stop)
    {
        Console.Error.Write(question);
        return (await Task.Run(Console.ReadLine, stop).WaitAsync(stop))?.Trim() ?? "";
    }

    /// <summary>Anything but a yes is a no.</summary>
    public static async Task<bool> ConfirmAsync(string question, CancellationToken stop) =>
        (await AskAsync($"{question} [y/N] ", stop)).ToUpperInvariant() is "Y" or "YES" or "ㅛ" or "네";

    /// <summary>What is typed is not shown. Where nobody sits there, the next line of standard input; null after the last.</summary>
    public static async Task<string?> SecretAsync(string question, CancellationToken stop)
    {
        if (Console.IsInputRedirected)
        {
            return await Console.In.ReadLineAsync(stop);
        }

        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (true)
        {
            while (!Console.KeyAvailable)
            {
                await Task.Delay(Look, stop);
            }

            var key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter)
            {
                Console.Error.WriteLine();
                return typed.ToString();
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }
    }
}
