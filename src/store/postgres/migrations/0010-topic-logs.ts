/** Logs of topics are listed now and then, to take their beginnings away. */
export const topicLogs = `
create index conversations_topics on conversations (id) where name like 'topic:%';
`;
