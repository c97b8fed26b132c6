using Dfs.Node.Cli;

return await DfsCommand.RunAsync(args);
