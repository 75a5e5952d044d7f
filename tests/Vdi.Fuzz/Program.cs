using SharpFuzz;
using Vdi.TestSupport.Fuzzing;

// One target a process: over files, or over what AFL puts on the standard input.
if (args is not [var name, .. var files] || FuzzTarget.All.All(target => target.Name != name))
{
    await Console.Error.WriteLineAsync($"Vdi.Fuzz TARGET [FILE...], with TARGET one of: {string.Join(", ", FuzzTarget.All.Select(target => target.Name))}. Without files it is AFL's; see tests/Vdi.Fuzz/README.md.");
    return 2;
}

var fuzzed = FuzzTarget.Of(name);
if (files.Length == 0)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        fuzzed.TakesAsync(bytes.ToArray()).GetAwaiter().GetResult();
    });
    return 0;
}

var faults = 0;
foreach (var file in files)
{
    try
    {
        Console.WriteLine($"{file}: {(await fuzzed.TakesAsync(await File.ReadAllBytesAsync(file)) ? "taken" : "refused")}");
    }
    catch (Exception e)
    {
        faults++;
        await Console.Error.WriteLineAsync($"{file}: {e}");
    }
}

return faults == 0 ? 0 : 1;
