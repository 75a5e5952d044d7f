using System.CommandLine;
using Vdi.Server.Commands;

namespace Vdi.Server.Client;

/// <summary>A verb that asks a server.</summary>
internal sealed class ApiVerb : Command
{
    /// <param name="work">What it does with the server; what it cannot, it throws.</param>
    /// <param name="symbols">Its arguments and options, beside those of every such verb.</param>
    public ApiVerb(string name, string description, Func<Call, Task> work, params IEnumerable<Symbol> symbols)
        : base(name, description)
    {
        foreach (var symbol in symbols.Concat(ClientOptions.All))
        {
            if (symbol is Argument argument)
            {
                Arguments.Add(argument);
            }
            else
            {
                Options.Add((Option)symbol);
            }
        }

        SetAction((given, stop) => CommandFailure.GuardAsync($"vdi {name}", async () =>
        {
            using var api = ClientOptions.Connect(given);
            await work(new Call(api, given, stop));
        }));
    }
}
